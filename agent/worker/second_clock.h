// Second boundaries of a run as one worker meets them, and how busy its thread was in between.
#pragma once

#include <algorithm>
#include <cstdint>

#include "agent/recorder/thread_cpu.h"
#include "common/base/clock.h"

namespace culvert::agent::worker {

class SecondClock {
  public:
    void start(SteadyTime at, SteadyTime now) {
        start_ = at;
        boundary_ = at + std::chrono::seconds(1);
        last_wall_ = std::max(at, now);
        last_cpu_ = recorder::thread_cpu_time();
    }
    SteadyTime boundary() const { return boundary_; }
    bool ended(SteadyTime now) const { return now >= boundary_; }
    // The second that ends at boundary(); moves to the next.
    std::uint32_t end_second() {
        boundary_ += std::chrono::seconds(1);
        return current_++;
    }
    std::uint32_t current() const { return current_; }
    // Percent of one core since the last call.
    double take_cpu_percent(SteadyTime now) {
        const Duration cpu = recorder::thread_cpu_time();
        const Duration wall = now - last_wall_;
        const double percent = wall < kShortest ? 0
                                                : 100.0 * static_cast<double>((cpu - last_cpu_).count()) /
                                                      static_cast<double>(wall.count());
        last_wall_ = now;
        last_cpu_ = cpu;
        return std::clamp(percent, 0.0, 100.0);
    }

  private:
    static constexpr Duration kShortest = std::chrono::milliseconds(20);  // below that the clocks' grain shows

    SteadyTime start_{}, boundary_{SteadyTime::max()}, last_wall_{};
    Duration last_cpu_{};
    std::uint32_t current_ = 0;
};

}  // namespace culvert::agent::worker
