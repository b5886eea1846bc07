// Measured values to and from their wire form. Internal to common/protocol: it shows the generated code.
#pragma once

#include <vector>

#include <culvert.pb.h>

#include "common/base/result.h"
#include "common/metrics/interval.h"

namespace culvert::protocol {

inline constexpr int kMostScenarios = 1'000;
inline constexpr std::uint32_t kMostSteps = 1'000;  // of one scenario
inline constexpr int kMostStatuses = 1'000;         // 0…999

void to_wire(const metrics::ScenarioStats& stats, wire::ScenarioStats& out);
void to_wire(const metrics::Interval& interval, wire::Interval& out);
void to_wire(const metrics::ErrorExample& example, wire::ErrorExample& out);
std::string histogram_to_wire(const metrics::Histogram& histogram);

Result<std::vector<metrics::ScenarioStats>> scenarios_from_wire(
    const google::protobuf::RepeatedPtrField<wire::ScenarioStats>& scenarios);
Result<metrics::Interval> from_wire(const wire::Interval& interval);
Result<metrics::ErrorExample> from_wire(const wire::ErrorExample& example);
Result<metrics::Histogram> histogram_from_wire(const std::string& encoded);

}  // namespace culvert::protocol
