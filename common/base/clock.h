// Time is given, never taken: only Clock implementations read a clock. Steady time for all arithmetic, wall time for
// labels and for instants agreed between machines (which always carry an offset and its error).
#pragma once

#include <chrono>

namespace culvert {

using SteadyTime = std::chrono::time_point<std::chrono::steady_clock, std::chrono::nanoseconds>;
using WallTime = std::chrono::time_point<std::chrono::system_clock, std::chrono::nanoseconds>;

class Clock {
  public:
    virtual ~Clock() = default;
    virtual SteadyTime steady_now() const = 0;
    virtual WallTime wall_now() const = 0;
};

// CLOCK_MONOTONIC and CLOCK_REALTIME. Thread-safe.
class SystemClock final : public Clock {
  public:
    SteadyTime steady_now() const override;
    WallTime wall_now() const override;
};

}  // namespace culvert
