#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "common/base/clock.h"
#include "controller/cli/commands.h"
#include "controller/cli/controller_files.h"
#include "controller/cli/exit.h"
#include "controller/cli/options.h"
#include "controller/cli/terminal.h"
#include "tunnel/doctor/consultation.h"
#include "tunnel/link/from_config.h"

namespace culvert::cli {
namespace {

struct DoctorOptions {
    std::string config;
    bool probe = false;
    tunnel::doctor::ConsultationOptions consultation;
};

ExitCode walk(const DoctorOptions& options) {
    const auto config = load_config(options.config);
    if (!config) return config.error();
    const auto identity = crypto::Identity::load(config->identity);
    if (!identity) return fail_with(identity.error());
    auto uplink = tunnel::link::settings_from(config->tunnel, config->directory);
    if (!uplink) return fail_with(uplink.error());
    uplink->role = Role::Controller;

    const SystemClock clock;
    tunnel::doctor::DoctorSettings settings;
    settings.program = "culvert doctor";
    settings.config_file = config->file;
    settings.identity_file = config->identity;
    settings.mesh = config->mesh;
    settings.uplink = std::move(*uplink);
    settings.probe = options.probe;
    tunnel::doctor::ConsultationOptions consultation = options.consultation;
    consultation.unicode = stdout_terminal().style.unicode;
    return tunnel::doctor::consult(settings, *identity, clock, consultation);
}

}  // namespace

void add_doctor(CLI::App& program, Chosen& chosen) {
    CLI::App* command = program.add_subcommand(
        "doctor", "Walk the path to the relay hop by hop, and say what is wrong and what to ask the network team for");
    auto options = std::make_shared<DoctorOptions>();
    add_config_option(*command, options->config);
    command->add_flag("--probe", options->probe,
                      "Also watch how long links live, silent and at all (less than two minutes)");
    add_json_option(*command, options->consultation.json, "the checks and the verdict");
    command
        ->add_option("--report", options->consultation.report,
                     "Write the result as text too, for the ticket; there are no secrets in it")
        ->type_name("FILE");
    add_examples(*command,
                 "  culvert doctor\n  culvert doctor --probe --report doctor.txt\n\nA run in progress is not "
                 "disturbed. On an agent's host: culvert-agent doctor.\nExit codes, by the hop that fails: 2 config, "
                 "clock, admission, and a proxy setting that cannot be used; 5 any other on the way to the relay.");
    command->callback([&chosen, options] { chosen.run = [options] { return walk(*options); }; });
}

}  // namespace culvert::cli
