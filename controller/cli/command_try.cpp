#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "common/base/log.h"
#include "common/workload/plan.h"
#include "controller/cli/commands.h"
#include "controller/cli/controller_files.h"
#include "controller/cli/exit.h"
#include "controller/cli/options.h"
#include "controller/cli/plan_input.h"
#include "controller/cli/render/trial_text.h"
#include "controller/cli/terminal.h"
#include "controller/cli/waiting_line.h"
#include "controller/run/run_trial.h"

namespace culvert::cli {
namespace {

struct TryOptions {
    std::string plan, config, agent, agents, scenario;
    std::vector<std::string> set;  // NAME=VALUE
    OutputOptions output;
};

// Prints each exchange as it comes, unless JSON is wanted in the end.
class Printer final : public run::TrialObserver {
  public:
    Printer(const workload::Plan& plan, std::optional<render::TextStyle> style) : plan_(plan), style_(style) {}

    void on_chosen(const run::TrialChoice& choice) {
        choice_ = choice;
        if (style_) print(render::trial_head(plan_, choice, *style_));
    }
    void on_exchange(const metrics::Exchange& exchange) override {
        if (exchange.attempt == 0) ++number_;
        exchanges_.push_back(exchange);
        if (style_) print(render::trial_exchange(exchange, number_, plan_, *style_));
    }
    void end(const run::TrialEnd& end) const {
        if (!choice_) return;
        print(style_ ? render::trial_end(plan_, *choice_, exchanges_, *style_)
                     : render::trial_json({plan_, *choice_, exchanges_, end}));
    }
    // Everything so far reached stdout.
    bool printed() const { return std::ferror(stdout) == 0; }

  private:
    static void print(const std::string& text) {
        std::fwrite(text.data(), 1, text.size(), stdout);
        std::fflush(stdout);
    }

    const workload::Plan& plan_;
    const std::optional<render::TextStyle> style_;
    std::optional<run::TrialChoice> choice_;
    std::vector<metrics::Exchange> exchanges_;
    std::size_t number_ = 0;
};

ExitCode try_plan(const TryOptions& options) {
    auto input = load_plan_input(options.plan, options.set);
    if (!input) return input.error();
    auto selector = roster::parse_selector(options.agents);
    if (!selector) return fail_with(selector.error());
    if (!options.scenario.empty()) {
        if (const auto known = run::find_scenario(*input->plan, options.scenario); !known)
            return fail_with(known.error());
    }
    const auto config = load_config(options.config);
    if (!config) return config.error();

    run::TrialRequest request;
    request.plan = input->plan;
    request.inputs = std::move(input->inputs);
    request.wish = {options.scenario, options.agent, std::move(*selector)};
    const render::TextStyle style = stdout_style(options.output);
    Printer printer(*input->plan, options.output.json ? std::nullopt : std::optional(style));
    WaitingNotice waiting;
    request.on_waiting = [&waiting](const std::string& text) { waiting.say(text); };
    request.on_chosen = [&printer, &waiting](const run::TrialChoice& choice) {
        waiting.clear();
        printer.on_chosen(choice);
    };
    const auto end = run::run_trial(*config, std::move(request), printer);
    waiting.clear();
    if (!end) {
        for (const std::string& problem : end.error().problems) print_error(problem);
        return end.error().code;
    }
    printer.end(*end);
    for (const std::string& problem : end->problems) print_error(problem);
    if (printer.printed()) return end->exit_code;
    print_error("not everything could be written to stdout");
    return worse_of(end->exit_code, ExitCode::Internal);
}

}  // namespace

void add_try(CLI::App& program, Chosen& chosen) {
    CLI::App* command =
        program.add_subcommand("try", "One user, one iteration, every request and response in full, on one agent");
    auto options = std::make_shared<TryOptions>();
    command->add_option("PLAN", options->plan, "The plan, a YAML file; its load is ignored, its think times too")
        ->required()
        ->type_name("FILE");
    auto* agent = command
                      ->add_option("--agent", options->agent,
                                   "On this agent (default: the first ready one that the scenarios are for)")
                      ->type_name("NAME");
    command
        ->add_option("--agents", options->agents,
                     "On one of these agents, by label or name: region=eu,size!=small (default: any)")
        ->type_name("SELECTOR")
        ->excludes(agent);
    command
        ->add_option("--scenario", options->scenario, "Only this scenario of the plan (default: one after the other)")
        ->type_name("NAME");
    add_set_option(*command, options->set);
    add_config_option(*command, options->config);
    add_json_option(*command, options->output.json, "every request and response, when the trial is over,");
    add_output_options(*command, options->output);
    add_examples(
        *command,
        "  culvert try plans/checkout.yaml\n  culvert try plans/checkout.yaml --scenario browse --agents "
        "region=eu --set base=https://staging.example.com\n\n"
        "Exits with 0 when every request was as the plan wants it, with 3 when one failed. The agent's charter "
        "holds as in a run; secrets are masked there.");
    command->callback([&chosen, options] {
        chosen.run = [options] {
            log::configure(log::Level::Info, options->output.log_format);
            return try_plan(*options);
        };
    });
}

}  // namespace culvert::cli
