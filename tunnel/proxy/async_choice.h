// A question to the selector from a loop: asked on a thread of its own, as a PAC script may think for seconds; answered
// on the loop. Loop thread only.
#pragma once

#include <functional>
#include <memory>
#include <thread>

#include "common/net/loop.h"
#include "tunnel/proxy/selector.h"

namespace culvert::tunnel::proxy {

class AsyncChoice {
  public:
    // Both outlive it.
    AsyncChoice(net::Loop& loop, const Selector& selector) : loop_(loop), selector_(selector) {}
    ~AsyncChoice();  // cancels and joins; no callback comes afterwards
    AsyncChoice(const AsyncChoice&) = delete;
    AsyncChoice& operator=(const AsyncChoice&) = delete;

    using Answer = Result<std::vector<Choice>>;
    // One at a time.
    void start(Target target, std::function<void(Answer)> done);
    void cancel();  // `done` is not called

  private:
    struct Pending {
        std::function<void(Answer)> done;
    };

    net::Loop& loop_;
    const Selector& selector_;
    std::shared_ptr<Pending> pending_;  // of the question in flight; the answer is dropped once it is gone
    std::jthread thread_;
};

}  // namespace culvert::tunnel::proxy
