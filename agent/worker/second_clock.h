// Second boundaries of a run as one worker meets them, and how busy its thread was in between.
#pragma once

#include <algorithm>
#include <cstdint>

#include "agent/recorder/thread_cpu.h"
#include "common/base/clock.h"

namespace culvert::agent::worker {

class SecondClock {
  public:
    void start(SteadyTime at, SteadyTime now, Duration warmup) {
        boundary_ = at + std::chrono::seconds(1);
        measured_from_ = at + std::chrono::ceil<std::chrono::seconds>(warmup);
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
    // The current second is of the warm-up, which ends with a whole second.
    bool in_warmup() const { return boundary_ <= measured_from_; }
    // Whether an iteration that begins now and was due then is of the warm-up.
    bool of_warmup(SteadyTime due) const { return in_warmup() || due < measured_from_; }
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

    SteadyTime boundary_{SteadyTime::max()}, measured_from_{}, last_wall_{};
    Duration last_cpu_{};
    std::uint32_t current_ = 0;
};

}  // namespace culvert::agent::worker
