// Sums over scenarios and steps, always by merging counters and histograms, never by averaging percentiles.
#pragma once

#include <span>

#include "common/metrics/interval.h"
#include "controller/results/run_result.h"

namespace culvert::report {

// Everything as one scenario with exactly one step.
metrics::ScenarioStats flattened(std::span<const metrics::ScenarioStats> scenarios);
inline const metrics::StepStats& only_step(const metrics::ScenarioStats& flat) {
    return flat.steps.front();
}

// Seconds of the run that count: those of the timeline that are not warm-up.
double measured_seconds(const results::RunResult& result);
// Seconds from the start to the last row of the timeline.
double length_seconds(const results::RunResult& result);

inline double ratio_of(std::uint64_t part, std::uint64_t whole) {
    return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace culvert::report
