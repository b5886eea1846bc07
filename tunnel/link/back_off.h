// How long to wait before the next round of attempts: full jitter under a ceiling that doubles, so that ten thousand
// nodes that lost the same relay do not come back in step.
#pragma once

#include <algorithm>
#include <cstdint>
#include <random>

#include "common/base/units.h"

namespace culvert::tunnel::link {

inline constexpr Duration kFirstCeiling = std::chrono::milliseconds(250);
inline constexpr Duration kLastCeiling = std::chrono::seconds(30);
inline constexpr Duration kProvenAfter =
    std::chrono::seconds(30);  // a link that lived so long starts the next back-off afresh

class BackOff {
  public:
    explicit BackOff(std::uint64_t seed) : random_(seed) {}

    Duration next() {
        std::uniform_int_distribution<Duration::rep> anywhere(0, ceiling_.count());
        ceiling_ = std::min(2 * ceiling_, kLastCeiling);
        return Duration(anywhere(random_));
    }
    void reset() { ceiling_ = kFirstCeiling; }
    Duration ceiling() const { return ceiling_; }

  private:
    std::mt19937_64 random_;
    Duration ceiling_ = kFirstCeiling;
};

}  // namespace culvert::tunnel::link
