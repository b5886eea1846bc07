#include "controller/cli/plan_input.h"

#include "controller/cli/exit.h"
#include "controller/cli/options.h"
#include "controller/cli/terminal.h"

namespace culvert::cli {

tl::expected<PlanInput, ExitCode> load_plan_input(const std::string& file, const std::vector<std::string>& set) {
    auto plan = workload::load_plan(file);
    if (!plan) return tl::unexpected(fail_with(plan.error()));
    auto inputs = inputs_of(set);
    if (!inputs) return tl::unexpected(fail_with(inputs.error()));
    if (const auto values = workload::resolve_variables(*plan, *inputs, process_environment()); !values)
        return tl::unexpected(fail_with(values.error()));
    return PlanInput{std::make_shared<const workload::Plan>(std::move(*plan)), std::move(*inputs)};
}

}  // namespace culvert::cli
