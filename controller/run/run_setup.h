// What a run is made of, decided before it begins.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/exit_code.h"
#include "common/config/node_config.h"
#include "common/protocol/messages.h"
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

// Why a run never came to be: nothing was started.
struct NotStarted {
    ExitCode code = ExitCode::Internal;
    std::vector<std::string> problems;  // one line each
};

// A new id: 8 hex digits, random.
std::string new_run_id();

// What a plan needs from this machine to be run: a seed unless one is given, the values of its variables, its rows.
// `environment` empty: that of the process.
tl::expected<RunSetup, NotStarted> set_up(const config::RunConfig& policy, std::shared_ptr<const workload::Plan> plan,
                                          const workload::Inputs& inputs, const workload::Environment& environment,
                                          std::optional<std::uint64_t> seed);

// What the Prepare of every agent has in common; data and share are its own.
protocol::Prepare prepare_message(const RunSetup& setup);

}  // namespace culvert::run
