#include <cstdio>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "common/base/log.h"
#include "controller/cli/commands.h"
#include "controller/cli/options.h"
#include "controller/cli/run_command.h"

namespace culvert::cli {

void add_run(CLI::App& program, Chosen& chosen) {
    CLI::App* command = program.add_subcommand("run", "Run a plan on the agents of the mesh, and report");
    auto options = std::make_shared<RunOptions>();
    command->add_option("PLAN", options->plan, "The plan, a YAML file")->required()->type_name("FILE");
    command
        ->add_option("--agents", options->agents,
                     "Which agents take part, by label or name: region=eu,size!=small (default: everyone who is there)")
        ->type_name("SELECTOR");
    auto* wait =
        command->add_option("--wait-for-agents", options->wait_for_agents,
                            "Wait until so many of them are ready, at most one minute (default: whoever is there now)");
    take_whole_number(*wait->type_name("N"), 1, 100'000);
    add_set_option(*command, options->set);
    command->add_option("--out", options->out, "Folder of the report (default: runs/RUN)")->type_name("DIR");
    auto* seed = command->add_option(
        "--seed", options->seed,
        "Number behind all random choices of the run, to repeat one (default: random, said in the report)");
    take_whole_number(*seed->type_name("N"), 0, (1ULL << 53) - 1);  // exact in every JSON reader
    command->add_flag("--detach", options->detach,
                      "Return when the load runs; it runs on by itself: culvert watch, culvert stop");
    add_config_option(*command, options->config);
    add_progress_option(*command, options->output.progress);
    add_json_option(*command, options->output.json, "report.json, when the run is over,");
    add_output_options(*command, options->output);
    add_examples(*command,
                 "  culvert run plans/checkout.yaml\n  culvert run plans/checkout.yaml --agents region=eu --set "
                 "base=https://staging.example.com --out out/ --progress plain\n\n"
                 "Ctrl-C stops the load, waits for what is under way and reports; a second one stops at once. Both "
                 "exit with 130.");
    command->callback([&chosen, options] {
        chosen.run = [options] {
            log::configure(log::Level::Info, options->output.log_format);
            return options->detach ? run_detached(*options) : run_here(*options);
        };
    });
}

}  // namespace culvert::cli
