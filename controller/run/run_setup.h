// What a run is made of, decided before it begins.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/base/exit_code.h"
#include "common/config/node_config.h"
#include "common/workload/data_rows.h"
#include "common/workload/plan.h"
#include "controller/results/run_result.h"

namespace culvert::run {

struct RunSetup {
    std::string id;
    std::shared_ptr<const workload::Plan> plan;
    std::vector<std::string> variable_values;      // by Plan::variables; may be secret
    std::vector<std::vector<workload::Row>> rows;  // by Plan::data; dropped once they are sent
    std::uint64_t seed = 0;
    config::RunConfig policy;
    Duration prepare_timeout = std::chrono::seconds(60);  // without any progress of an agent that is not ready
    Duration all_lost_timeout = std::chrono::minutes(2);  // every agent is lost and none came back: the run has failed
    Duration own_link_timeout = std::chrono::minutes(5);  // the controller itself is cut off: the same
    std::string out_dir;                                  // for the view
};

enum class StopMode : std::uint8_t { Gracefully, AtOnce };

// How a run ended.
struct RunEnd {
    results::RunResult result;
    ExitCode exit_code = ExitCode::Ok;
    std::vector<std::string> problems;  // why nothing was started, one line each, with the agent's name
};

// A new id: 8 hex digits, random.
std::string new_run_id();

}  // namespace culvert::run
