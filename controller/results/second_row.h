// What all agents together measured in one second, or in a few seconds folded into one row. Adding and merging commute.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "common/metrics/interval.h"
#include "controller/results/run_result.h"

namespace culvert::results {

struct SecondRow {
    struct Gauges {
        std::uint64_t users = 0, in_flight = 0;
    };
    struct AgentCell {
        std::uint64_t requests = 0;
        metrics::Histogram latency;
        std::vector<Gauges> gauges;  // by scenario; the highest of the row's seconds: over time gauges do not add up
    };

    bool warmup = true;                             // of every interval in it
    std::vector<metrics::ScenarioStats> scenarios;  // gauges are 0 here
    std::map<std::uint32_t, AgentCell> agents;      // by roster index

    // All but the latencies by step (PendingSecond does those). `latency`: of all steps of the interval.
    void add_counters(std::uint32_t agent, const metrics::Interval& interval, metrics::Histogram latency);
    void merge(const SecondRow& other);
    // An estimate that depends on the content only, not on the order in which it came.
    std::size_t memory_bytes() const;
    SecondResult result(std::uint32_t second, std::uint32_t seconds, const std::vector<AgentResult>& roster) const;
};

}  // namespace culvert::results
