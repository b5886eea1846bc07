#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "common/workload/plan.h"
#include "common/workload/plan_summary.h"
#include "controller/cli/commands.h"
#include "controller/cli/exit.h"
#include "controller/cli/options.h"
#include "controller/cli/render/plan_text.h"
#include "controller/cli/terminal.h"

namespace culvert::cli {
namespace {

struct CheckOptions {
    std::string plan;
    std::vector<double> weights;
    OutputOptions output;
};

ExitCode check(const CheckOptions& options) {
    const auto plan = workload::load_plan(options.plan);
    if (!plan) return fail_with(plan.error());
    std::vector<workload::Member> members;
    for (const double weight : options.weights) members.push_back({{}, weight});
    const workload::PlanSummary summary = workload::summary_of(*plan, members);
    render::TextStyle style = stdout_terminal().style;
    if (options.output.no_color) style.color = false;
    std::fputs((options.output.json ? render::plan_json(summary) : render::plan_text(summary, style)).c_str(), stdout);
    return ExitCode::Ok;
}

}  // namespace

void add_check(CLI::App& program, Chosen& chosen) {
    CLI::App* command = program.add_subcommand("check", "Say every mistake of a plan at once, or what it will do; starts nothing");
    auto options = std::make_shared<CheckOptions>();
    command->add_option("PLAN", options->plan, "The plan, a YAML file")->required()->type_name("FILE");
    command->add_option("--weights", options->weights, "Weights of the agents you have, to see each one's part: 4,2,1 (default: the load as a whole)")
        ->delimiter(',')->check(CLI::Range(0.001, 1000.0).description(""))->type_name("W,W,…");
    add_json_option(*command, options->output.json, "what the plan will do");
    command->add_flag("--no-color", options->output.no_color, "No colours, as with NO_COLOR in the environment");
    add_examples(*command, "  culvert check plans/checkout.yaml\n  culvert check plans/checkout.yaml --weights 4,2,1");
    command->callback([&chosen, options] { chosen.run = [options] { return check(*options); }; });
}

}  // namespace culvert::cli
