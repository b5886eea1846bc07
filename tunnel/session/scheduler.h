// Time for sessions: the process's loop, or virtual time in tests.
#pragma once

#include <functional>
#include <memory>

#include "common/base/clock.h"
#include "common/base/units.h"
#include "common/net/loop.h"

namespace culvert::tunnel::session {

using Timer = std::unique_ptr<net::Loop::Timer>;  // destroying it cancels

class Scheduler {
  public:
    virtual ~Scheduler() = default;
    virtual SteadyTime now() const = 0;
    // Never inline, also with a delay of 0.
    [[nodiscard]] virtual Timer after(Duration delay, std::function<void()> fire) = 0;
};

class LoopScheduler final : public Scheduler {
  public:
    explicit LoopScheduler(net::Loop& loop) : loop_(loop) {}
    SteadyTime now() const override { return loop_.clock().steady_now(); }
    [[nodiscard]] Timer after(Duration delay, std::function<void()> fire) override {
        return loop_.after(delay, std::move(fire));
    }

  private:
    net::Loop& loop_;
};

}  // namespace culvert::tunnel::session
