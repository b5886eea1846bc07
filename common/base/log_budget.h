// How many lines of the log others may cause: so many a period; the rest is counted and told once the period is over.
// Loop thread only.
#pragma once

#include <cstdint>
#include <utility>

#include "common/base/clock.h"
#include "common/base/units.h"

namespace culvert {

class LogBudget {
  public:
    LogBudget(unsigned lines, Duration period) : lines_(lines), period_(period) {}

    // Whether a line may be written now; one that may not is counted.
    bool spend(SteadyTime now) {
        if (now - begun_ >= period_) {
            begun_ = now;
            spent_ = 0;
        }
        if (spent_ < lines_) {
            ++spent_;
            return true;
        }
        ++held_back_;
        return false;
    }
    // How many lines were held back in periods that are over; 0 while the present one goes on.
    std::uint64_t take_held_back(SteadyTime now) {
        if (held_back_ == 0 || now - begun_ < period_) return 0;
        return std::exchange(held_back_, 0);
    }

  private:
    const unsigned lines_;
    const Duration period_;
    SteadyTime begun_{};
    unsigned spent_ = 0;
    std::uint64_t held_back_ = 0;
};

}  // namespace culvert
