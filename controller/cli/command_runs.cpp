#include <cstdio>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "controller/cli/commands.h"
#include "controller/cli/controller_files.h"
#include "controller/cli/exit.h"
#include "controller/cli/options.h"
#include "controller/cli/render/runs_table.h"
#include "controller/cli/terminal.h"

namespace culvert::cli {
namespace {

struct RunsOptions {
    std::string config;
    std::size_t most = 20;
    OutputOptions output;
};

ExitCode list_runs(const RunsOptions& options) {
    const auto files = open_files(options.config);
    if (!files) return files.error();
    auto runs = files->store->runs().list(options.most);
    if (!runs) return fail_with(runs.error());
    for (store::RunRecord& run : *runs) {
        if (!run.ended && !store::process_lives(run.pid)) run.state = "died";
    }
    const render::TextStyle style = stdout_style(options.output);
    std::fputs((options.output.json ? render::runs_json(*runs) : render::runs_table(*runs, style)).c_str(), stdout);
    return ExitCode::Ok;
}

}  // namespace

void add_runs(CLI::App& program, Chosen& chosen) {
    CLI::App* command = program.add_subcommand("runs", "List the runs this controller knows of, newest first");
    auto options = std::make_shared<RunsOptions>();
    auto* most = command->add_option("--most", options->most, "How many (default: 20)");
    take_whole_number(*most->type_name("N"), 1, 10'000);
    add_config_option(*command, options->config);
    add_json_option(*command, options->output.json, "the list");
    add_no_color_option(*command, options->output);
    add_examples(*command, "  culvert runs\n  culvert runs --most 100 --json");
    command->callback([&chosen, options] { chosen.run = [options] { return list_runs(*options); }; });
}

}  // namespace culvert::cli
