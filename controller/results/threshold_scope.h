// What one threshold looks at: a slice of what was measured (its scenario, its step), reduced to what its metric needs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/metrics/interval.h"
#include "common/workload/plan.h"

namespace culvert::results {

struct ScopeSlice {
    metrics::Histogram latency;  // only where the metric is one of latency
    std::uint64_t requests = 0, failures = 0, missed = 0, iterations = 0;

    void merge(const ScopeSlice& other);
};

bool measures_latency(workload::Threshold::Metric metric);
// Counts that only grow and must reach a value: nothing can be said of them before the end.
bool judged_only_at_end(const workload::Threshold& threshold);

ScopeSlice slice_of(const workload::Threshold& threshold, const workload::Plan& plan,
                    const std::vector<metrics::ScenarioStats>& scenarios);

// The metric over a stretch of `seconds`; nothing: no samples.
std::optional<double> value_of(const workload::Threshold& threshold, const ScopeSlice& slice, double seconds);
bool holds(const workload::Threshold& threshold, double value);
// Whether `a` is further on the wrong side than `b`.
bool is_worse(const workload::Threshold& threshold, double a, double b);
// "118 ms", "1.33 %", "190.9/s", "63,000"
std::string value_text(const workload::Threshold& threshold, std::optional<double> value);

}  // namespace culvert::results
