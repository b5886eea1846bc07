#include "controller/report/flatten.h"

#include <algorithm>

namespace culvert::report {

metrics::ScenarioStats flattened(std::span<const metrics::ScenarioStats> scenarios) {
    metrics::ScenarioStats flat;
    flat.steps.resize(1);
    for (const metrics::ScenarioStats& scenario : scenarios) {
        flat.planned += scenario.planned;
        flat.offered += scenario.offered;
        flat.delivered += scenario.delivered;
        flat.interrupted += scenario.interrupted;
        flat.missed += scenario.missed;
        flat.users += scenario.users;
        flat.in_flight += scenario.in_flight;
        for (const metrics::StepStats& step : scenario.steps) flat.steps.front().merge(step);
    }
    return flat;
}

double measured_seconds(const results::RunResult& result) {
    const auto counted = std::count_if(result.timeline.begin(), result.timeline.end(), [](const results::SecondResult& row) { return !row.warmup; });
    return static_cast<double>(counted);
}

double length_seconds(const results::RunResult& result) {
    return result.timeline.empty() ? 0 : static_cast<double>(result.timeline.back().second) + 1;
}

}  // namespace culvert::report
