// One finished request, as it is recorded.
#pragma once

#include <cstdint>
#include <optional>

#include "common/base/units.h"
#include "common/metrics/interval.h"

namespace culvert::agent::recorder {

struct Sample {
    std::uint16_t status = 0;                 // of the answer; 0: there was none
    std::optional<metrics::ErrorKind> error;  // none: ok
    Duration latency{};                       // from the intended start
    Duration send_latency{};                  // from the send
    std::uint64_t bytes_sent = 0, bytes_received = 0;
    // Phases the request had; negative: it had not.
    Duration dns{-1}, connect{-1}, tls{-1}, first_byte{-1}, rest{-1};
};

}  // namespace culvert::agent::recorder
