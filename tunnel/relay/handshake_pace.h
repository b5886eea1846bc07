// How fast handshakes may begin: never more than the limit in any second, wherever that second is laid. A few may come
// together, the rest is spread evenly, so that those who are connected get their turns in between. Pure.
//
// The generic cell rate algorithm (ITU-T I.371): each handshake books one interval; bookings may run ahead of the clock
// by the length of a burst. What a burst may take, the even part leaves over.
#pragma once

#include <algorithm>
#include <cstdint>

#include "common/base/clock.h"
#include "common/base/units.h"

namespace culvert::tunnel::relay {

class HandshakePace {
  public:
    // At least two a second.
    explicit HandshakePace(Rate limit)
        : HandshakePace(static_cast<std::int64_t>(limit.per_second()),
                        std::max<std::int64_t>(1, static_cast<std::int64_t>(limit.per_second()) / kBurstsPerSecond)) {}

    // Whether one may begin now; if so, it has.
    bool take(SteadyTime now) {
        if (now < booked_until_ - lead_) return false;
        booked_until_ = std::max(booked_until_, now) + interval_;
        return true;
    }

  private:
    static constexpr std::int64_t kBurstsPerSecond = 20;
    static constexpr std::int64_t kSecond_ns = 1'000'000'000;

    // Rounded up: the last handshake of a second must not slip into it.
    HandshakePace(std::int64_t per_second, std::int64_t burst)
        : interval_((kSecond_ns + per_second - burst - 1) / std::max<std::int64_t>(1, per_second - burst)),
          lead_(interval_ * (burst - 1)) {}

    const Duration interval_;
    const Duration lead_;
    SteadyTime booked_until_{};
};

}  // namespace culvert::tunnel::relay
