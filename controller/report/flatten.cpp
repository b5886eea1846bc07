#include "controller/report/flatten.h"

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
    double seconds = 0;
    for (const results::SecondResult& row : result.timeline) seconds += row.warmup ? 0 : row.seconds;
    return seconds;
}

double length_seconds(const results::RunResult& result) {
    return result.timeline.empty()
               ? 0
               : static_cast<double>(result.timeline.back().second) + result.timeline.back().seconds;
}

}  // namespace culvert::report
