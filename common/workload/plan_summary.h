// What a right plan will do, as data: `culvert check` prints it, and reports keep it beside the results.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "common/workload/plan.h"
#include "common/workload/split.h"

namespace culvert::workload {

struct ScenarioSummary {
    std::string name;
    std::string agents;               // "every agent", "region=eu, size!=small"
    std::vector<std::string> phases;  // "ramp 0/s to 200/s over 30s", "200/s for 5m", "20 users for 5m30s"
    bool open_model = false;          // has slots
    bool closed_model = false;        // has users
    std::uint64_t iterations = 0;  // slots due, and iterations that are counted per user; 0: as many as the time allows
    double highest_rate = 0;       // iterations started per second
    std::uint64_t most_users = 0;  // closed model
    std::uint32_t requests_per_iteration = 0;
    std::uint32_t requests_once_per_user = 0;
    double highest_request_rate = 0;  // requests per second: highest_rate × requests_per_iteration
    Duration length{};
    Duration finish_within{};
};

struct DataSummary {
    std::string name;
    std::string csv;
    std::uint64_t rows = 0;
    std::string use;  // "split over agents, the next row for each user, starts again at the end"
};

struct MemberSummary {  // one agent's part
    double weight = 1;
    double highest_rate = 0;       // iterations per second, over all scenarios
    std::uint64_t iterations = 0;  // of the open model
    std::uint64_t most_users = 0;
    std::vector<std::uint64_t> rows;  // by Plan::data
};

struct PlanSummary {
    std::string name;
    std::vector<ScenarioSummary> scenarios;
    std::vector<DataSummary> data;
    std::vector<MemberSummary> members;  // in the order given; empty without members
    std::vector<std::string> thresholds;
    Duration length{};  // of the longest scenario, without finish_within
    Duration warmup{};
    std::uint64_t iterations = 0;
    double highest_request_rate = 0;  // at most: the sum over scenarios, whose peaks need not fall together
};

// `seed` matters only for random_rate.
PlanSummary summary_of(const Plan& plan, std::span<const Member> members = {}, std::uint64_t seed = 0);

// Who a selector takes: "every agent", "region=eu, size!=small".
std::string to_string(const Selector& selector);
// A phase in words: "200/s for 5m".
std::string to_string(const LoadPhase& phase);

}  // namespace culvert::workload
