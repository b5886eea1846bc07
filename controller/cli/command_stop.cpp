#include <cstdio>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "controller/cli/commands.h"
#include "controller/cli/controller_files.h"
#include "controller/cli/exit.h"
#include "controller/cli/options.h"
#include "controller/cli/waiting_line.h"
#include "controller/run/control_client.h"

namespace culvert::cli {
namespace {

struct StopOptions {
    std::string run, config;
    bool now = false;
};

ExitCode stop(const StopOptions& options) {
    const auto files = open_files(options.config);
    if (!files) return files.error();
    const auto record = files->store->runs().find(options.run);
    if (!record) return fail_with(record.error());
    auto client = run::ControlClient::connect(record->control_socket);
    if (!client && !record->ended && !store::process_lives(record->pid))
        return fail_with(
            Error{Code::InvalidInput, "run " + record->id +
                                          " lost its process; its agents stop by themselves when "
                                          "keep_running_for is over.   To take it up and stop it: culvert watch " +
                                          record->id + ", then Ctrl-C"});
    if (!client)
        return fail_with(Error{Code::InvalidInput, "run " + record->id + " does not run (" + record->state + ")"});
    WaitingNotice waiting;
    client->set_on_waiting([&waiting](const std::string& text) { waiting.say(text); });
    const Status stopped = client->stop(options.now ? run::StopMode::AtOnce : run::StopMode::Gracefully);
    waiting.clear();
    if (!stopped) return fail_with(stopped.error(), ExitCode::Internal);
    std::fprintf(stderr, "run %s stops%s.   Its report will be in %s\n", record->id.c_str(),
                 options.now ? " at once" : " when what is under way has ended", record->out_dir.c_str());
    return ExitCode::Ok;
}

}  // namespace

void add_stop(CLI::App& program, Chosen& chosen) {
    CLI::App* command = program.add_subcommand("stop", "Stop a run; it reports what it has so far");
    auto options = std::make_shared<StopOptions>();
    command->add_option("RUN", options->run, "Id of the run, or how it begins (culvert runs lists them)")->required();
    command->add_flag(
        "--now", options->now,
        "Cut what is under way instead of waiting for it (default: wait as long as the plan's finish_within)");
    add_config_option(*command, options->config);
    add_examples(*command, "  culvert stop 7f3a\n  culvert stop 7f3a --now");
    command->callback([&chosen, options] { chosen.run = [options] { return stop(*options); }; });
}

}  // namespace culvert::cli
