// The trust stamp: whether the measurement itself may be believed. Each reason has a limit, the value measured and what
// it spoils.
#pragma once

#include <string_view>
#include <vector>

#include "controller/results/run_result.h"

namespace culvert::results {

// The limits, in one place, each with its reason.
struct TrustLimits {
    double lateness_p99_ms =
        10;  // of iteration starts: more would show in the latency of any service faster than a second
    double missed_ratio = 0.001;  // of planned slots: latency of the slots that were never started is unknown
    double cpu_percent = 85;   // of the generator's busiest core: beyond it, queueing in the generator is measured as
                               // latency of the target
    double busy_ratio = 0.05;  // of an agent's seconds above cpu_percent: a single peak spoils nothing
    std::uint64_t busy_seconds = 3;  // and at least so many
    double clock_error_ms = 250;     // a quarter of an interval: seconds of different agents no longer line up
};
inline constexpr TrustLimits kTrustLimits;

// Empty: VALID. At most one reason an id; it names the worst agent and says how many more.
std::vector<TrustReason> assess_trust(const RunResult& result);

// Whether what a reason spoils is what a threshold of the plan measures.
bool touches(std::string_view reason_id, const workload::Threshold& threshold);

}  // namespace culvert::results
