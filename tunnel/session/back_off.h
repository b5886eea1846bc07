// When to try again: full jitter between nothing and a bound that doubles, so that a thousand peers of a restarted
// relay do not come at once.
#pragma once

#include <algorithm>
#include <cstdint>
#include <random>

#include "common/base/units.h"

namespace culvert::tunnel::session {

class BackOff {
  public:
    static constexpr Duration kFirst = std::chrono::milliseconds(250);
    static constexpr Duration kMost = std::chrono::seconds(10);
    static constexpr Duration kLeast = std::chrono::milliseconds(20);

    explicit BackOff(std::uint64_t seed) : random_(seed) {}

    Duration next() {
        const Duration bound = std::min(kMost, kFirst * (std::int64_t{1} << std::min(attempts_, 10)));
        ++attempts_;
        return Duration(std::uniform_int_distribution<std::int64_t>(kLeast.count(), bound.count())(random_));
    }
    void reset() { attempts_ = 0; }

  private:
    std::mt19937_64 random_;
    int attempts_ = 0;
};

}  // namespace culvert::tunnel::session
