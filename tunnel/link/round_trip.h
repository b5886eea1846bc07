// Round-trip time to the relay by echoes: the smallest of the recent ones, as queues only ever add.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/base/units.h"

namespace culvert::tunnel::link {

class RoundTrip {
  public:
    // The body of an Echo that is sent now. The one before, if it is still out, no longer counts.
    std::string probe(SteadyTime now) {
        sent_at_ = now;
        return std::to_string(++number_);
    }
    // The body of an EchoReply; the smallest time now known, empty if this was not the answer waited for.
    std::optional<Duration> answered(std::string_view body, SteadyTime now) {
        if (!sent_at_ || body != std::to_string(number_)) return std::nullopt;
        recent_[next_++ % recent_.size()] = now - *sent_at_;
        sent_at_.reset();
        return *std::min_element(recent_.begin(), recent_.begin() + static_cast<std::ptrdiff_t>(
                                                                        std::min<std::size_t>(next_, recent_.size())));
    }

  private:
    std::uint64_t number_ = 0;
    std::optional<SteadyTime> sent_at_;
    std::array<Duration, 8> recent_{};
    std::size_t next_ = 0;
};

}  // namespace culvert::tunnel::link
