// How much longer than usual to wait on a path whose round trips take seconds: a proxy that holds everything back, a
// satellite, a thin line. Deadlines for short round trips stay as they are. Pure.
#pragma once

#include <algorithm>

#include "common/base/units.h"

namespace culvert::tunnel::link {

// What a path may stretch deadlines to: beyond it, waiting is no better than trying again.
inline constexpr Duration kLongestPatience = std::chrono::seconds(60);

class SlowPath {
  public:
    // An exchange of at least one round trip took so long.
    void took(Duration exchange) { trip_ = std::max(trip_, exchange); }
    Duration trip() const { return trip_; }
    // `usual`, or so many round trips if that is more.
    Duration stretch(Duration usual, int trips) const {
        return std::max(usual, std::min<Duration>(trip_ * trips, kLongestPatience));
    }

  private:
    Duration trip_{};
};

}  // namespace culvert::tunnel::link
