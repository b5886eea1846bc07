// Time that moves only when a test says so.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <utility>

#include "tunnel/session/scheduler.h"

namespace culvert::test {

class VirtualTime {
  public:
    SteadyTime now() const { return now_; }

    tunnel::session::Timer after(Duration delay, std::function<void()> fire) {
        const Key key{now_ + std::max(delay, Duration::zero()), ++last_};
        due_.emplace(key, std::move(fire));
        return std::make_unique<Handle>(*this, key);
    }

    // Fires what falls due, in order.
    void advance(Duration by) {
        const SteadyTime until = now_ + by;
        while (!due_.empty() && due_.begin()->first.first <= until) {
            auto entry = due_.extract(due_.begin());
            now_ = std::max(now_, entry.key().first);
            entry.mapped()();
        }
        now_ = until;
    }

    std::size_t pending() const { return due_.size(); }

  private:
    using Key = std::pair<SteadyTime, std::uint64_t>;

    struct Handle final : net::Loop::Timer {
        Handle(VirtualTime& owner, Key timer_key) : time(owner), key(timer_key) {}
        ~Handle() override { time.due_.erase(key); }
        VirtualTime& time;
        Key key;
    };

    SteadyTime now_{std::chrono::hours(1)};
    std::uint64_t last_ = 0;
    std::map<Key, std::function<void()>> due_;
};

// A scheduler over virtual time that several endpoints share.
class VirtualScheduler final : public tunnel::session::Scheduler {
  public:
    explicit VirtualScheduler(VirtualTime& time) : time_(time) {}
    SteadyTime now() const override { return time_.now(); }
    [[nodiscard]] tunnel::session::Timer after(Duration delay, std::function<void()> fire) override {
        return time_.after(delay, std::move(fire));
    }

  private:
    VirtualTime& time_;
};

}  // namespace culvert::test
