// Exchanges of a trial to and from their wire form. Internal to common/protocol: it shows the generated code.
#pragma once

#include <culvert.pb.h>

#include "common/base/result.h"
#include "common/metrics/exchange.h"

namespace culvert::protocol {

inline constexpr std::size_t kLongestUrl = 64 << 10;
inline constexpr int kMostChecks = 1'000;  // of one step; and as many saves

void to_wire(const metrics::Exchange& exchange, wire::Exchange& out);
Result<metrics::Exchange> from_wire(const wire::Exchange& exchange);

}  // namespace culvert::protocol
