#include <charconv>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "common/base/text.h"
#include "common/workload/plan_summary.h"
#include "controller/cli/commands.h"
#include "controller/cli/exit.h"
#include "controller/cli/options.h"
#include "controller/cli/plan_input.h"
#include "controller/cli/render/plan_text.h"
#include "controller/cli/terminal.h"

namespace culvert::cli {
namespace {

struct CheckOptions {
    std::string plan;
    std::vector<std::string> agents;  // WEIGHT[,LABEL=VALUE…]
    std::vector<std::string> set;     // NAME=VALUE
    OutputOptions output;
};

// "4,region=eu": an agent that the reader has in mind.
Result<workload::Member> member_of(const std::string& text) {
    workload::Member member;
    bool first = true;
    for (const std::string_view part : split(text, ',')) {
        const std::size_t sign = part.find('=');
        if (first) {
            const auto [end, problem] = std::from_chars(part.data(), part.data() + part.size(), member.weight);
            if (problem != std::errc{} || end != part.data() + part.size() ||
                !(member.weight > 0 && member.weight <= 1000)) {
                return fail(Code::InvalidInput,
                            "--agent " + excerpt(text, 60) +
                                ": write a weight above 0 and at most 1000, then labels: 4,region=eu");
            }
        } else if (sign == std::string_view::npos || sign == 0) {
            return fail(Code::InvalidInput, "--agent " + excerpt(text, 60) + ": write LABEL=VALUE after the weight");
        } else {
            member.labels.emplace(part.substr(0, sign), part.substr(sign + 1));
        }
        first = false;
    }
    return member;
}

ExitCode check(const CheckOptions& options) {
    const auto input = load_plan_input(options.plan, options.set);
    if (!input) return input.error();
    std::vector<workload::Member> members;
    for (const std::string& text : options.agents) {
        auto member = member_of(text);
        if (!member) return fail_with(member.error());
        members.push_back(std::move(*member));
    }
    const workload::PlanSummary summary = workload::summary_of(*input->plan, members);
    const render::TextStyle style = stdout_style(options.output);
    std::fputs((options.output.json ? render::plan_json(summary) : render::plan_text(summary, style)).c_str(), stdout);
    return ExitCode::Ok;
}

}  // namespace

void add_check(CLI::App& program, Chosen& chosen) {
    CLI::App* command =
        program.add_subcommand("check", "Say every mistake of a plan at once, or what it will do; starts nothing");
    auto options = std::make_shared<CheckOptions>();
    command->add_option("PLAN", options->plan, "The plan, a YAML file")->required()->type_name("FILE");
    command
        ->add_option("--agent", options->agents,
                     "An agent you have in mind, by weight and labels, to see its part: 4,region=eu; may be given "
                     "several times (default: the load as a whole)")
        ->type_name("WEIGHT,LABEL=VALUE")
        ->take_all();
    add_set_option(*command, options->set);
    add_json_option(*command, options->output.json, "what the plan will do");
    add_no_color_option(*command, options->output);
    add_examples(*command,
                 "  culvert check plans/checkout.yaml\n  culvert check plans/checkout.yaml --agent 4,region=eu --agent "
                 "2,region=us");
    command->callback([&chosen, options] { chosen.run = [options] { return check(*options); }; });
}

}  // namespace culvert::cli
