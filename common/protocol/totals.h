// The sum of a run's intervals of one agent: made by the agent from what it measured and by the controller from what it
// merged, by this one function, so that the two are equal, bit for bit, exactly when no interval was lost or counted
// twice.
#pragma once

#include <vector>

#include "common/metrics/interval.h"

namespace culvert::protocol {

struct RunTotals {
    std::vector<metrics::ScenarioStats> scenarios;  // by Plan::scenarios; gauges (users, in_flight) are 0
    metrics::Histogram lateness;

    // Intervals of the warm-up are in no total: nothing is added.
    void add(const metrics::Interval& interval);
    friend bool operator==(const RunTotals&, const RunTotals&) = default;
};

}  // namespace culvert::protocol
