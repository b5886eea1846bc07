#include "common/net/async_dial.h"

#include <utility>

#include "common/base/check.h"

namespace culvert::net {

struct AsyncDial::Pending {
    DialRequest request;
    std::function<void(DialResult)> done;
};

AsyncDial::AsyncDial(Loop& loop, CredentialMemory& memory) : loop_(loop), memory_(memory) {}

AsyncDial::~AsyncDial() {
    cancel();
}

void AsyncDial::start(DialRequest request, std::function<void(DialResult)> done) {
    loop_.check_on_thread();
    CULVERT_CHECK(!busy());
    pending_ = std::make_shared<Pending>(Pending{std::move(request), std::move(done)});
    // The thread knows the pending dial only weakly beyond its own copy of the request: once this object lets go, the
    // answer has nobody to go to.
    thread_ = std::jthread([this, request = pending_->request, weak = std::weak_ptr<Pending>(pending_), &loop = loop_,
                            &memory = memory_](const std::stop_token& cancel) mutable {
        auto result = std::make_shared<DialResult>(dial(request, memory, cancel));  // shared, as tasks are copyable
        loop.post([this, weak = std::move(weak), result = std::move(result)] {
            const std::shared_ptr<Pending> pending = weak.lock();
            if (pending == nullptr) return;  // cancelled; *this may be gone
            pending_.reset();
            thread_.join();
            pending->done(std::move(*result));
        });
    });
}

void AsyncDial::cancel() {
    loop_.check_on_thread();
    pending_.reset();
    thread_ = std::jthread();  // requests the stop and joins
}

}  // namespace culvert::net
