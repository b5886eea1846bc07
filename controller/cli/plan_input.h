// The plan of a command and the values given for its variables: the first thing that check, try and run do.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "common/base/exit_code.h"
#include "common/workload/plan.h"

namespace culvert::cli {

struct PlanInput {
    std::shared_ptr<const workload::Plan> plan;
    workload::Inputs inputs;
};

// `set`: NAME=VALUE. Every mistake of the plan, of its CSV files and of its variables, a secret that the environment
// lacks among them, is printed; the code says what to exit with.
tl::expected<PlanInput, ExitCode> load_plan_input(const std::string& file, const std::vector<std::string>& set);

}  // namespace culvert::cli
