#include "tunnel/proxy/async_choice.h"

#include <utility>

#include "common/base/check.h"

namespace culvert::tunnel::proxy {

AsyncChoice::~AsyncChoice() {
    cancel();
}

void AsyncChoice::start(Target target, std::function<void(Answer)> done) {
    loop_.check_on_thread();
    CULVERT_CHECK(pending_ == nullptr);
    pending_ = std::make_shared<Pending>(Pending{std::move(done)});
    thread_ = std::jthread([this, target = std::move(target), weak = std::weak_ptr<Pending>(pending_), &loop = loop_,
                            &selector = selector_](const std::stop_token& cancel) mutable {
        auto answer = std::make_shared<Answer>(selector.choices_for(target, cancel));  // shared, as tasks are copyable
        loop.post([this, weak = std::move(weak), answer = std::move(answer)] {
            const std::shared_ptr<Pending> pending = weak.lock();
            if (pending == nullptr) return;  // cancelled; *this may be gone
            pending_.reset();
            thread_.join();
            pending->done(std::move(*answer));
        });
    });
}

void AsyncChoice::cancel() {
    loop_.check_on_thread();
    pending_.reset();
    thread_ = std::jthread();  // requests the stop and joins
}

}  // namespace culvert::tunnel::proxy
