// A clock that stands still until it is told otherwise.
#pragma once

#include "common/base/clock.h"
#include "common/base/units.h"

namespace culvert::test {

class FakeClock final : public Clock {
  public:
    // 2026-03-01 12:00:00 UTC
    explicit FakeClock(WallTime wall = WallTime{std::chrono::seconds{1'772'366'400}}) : wall_(wall) {}

    SteadyTime steady_now() const override { return steady_; }
    WallTime wall_now() const override { return wall_; }
    // Both clocks, as time passes.
    void advance(Duration by) {
        steady_ += by;
        wall_ += by;
    }
    // Only the wall clock, as an administrator or NTP does.
    void set_wall(WallTime wall) { wall_ = wall; }

  private:
    SteadyTime steady_{std::chrono::hours{1}};
    WallTime wall_;
};

}  // namespace culvert::test
