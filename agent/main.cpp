// culvert-agent: options, then the command.
#include <signal.h>

#include <cstdio>

#include "agent/cli/doctor_command.h"
#include "agent/cli/join_command.h"
#include "agent/cli/options.h"
#include "agent/cli/run_command.h"
#include "agent/worker/engine.h"
#include "tunnel/pac/child.h"

using namespace culvert;
using namespace culvert::agent;

int main(int argc, char** argv) {
    if (tunnel::pac::is_child(argc, argv)) return tunnel::pac::child_main();
    const auto options = cli::parse_options(argc, argv);
    if (!options) return static_cast<int>(options.error());
    log::configure(options->log_level, options->log_format);
    ::signal(SIGPIPE, SIG_IGN);

    ExitCode code = ExitCode::Ok;
    if (const auto* join = std::get_if<cli::JoinCommandOptions>(&options->command)) {
        code = cli::join_command(*join);
    } else if (const auto* run = std::get_if<cli::RunOptions>(&options->command)) {
        code = cli::run_command(*run, &worker::Engine::prepare);
    } else if (const auto* doctor = std::get_if<cli::DoctorCommandOptions>(&options->command)) {
        code = cli::doctor_command(*doctor);
    } else {
        std::fputs(cli::completion_script(std::get<cli::CompletionOptions>(options->command).shell).c_str(), stdout);
    }
    return static_cast<int>(code);
}
