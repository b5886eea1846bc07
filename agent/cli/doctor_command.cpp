#include "agent/cli/doctor_command.h"

#include <cstdio>
#include <optional>

#include "agent/cli/tunnel_settings.h"
#include "common/base/clock.h"
#include "common/config/config_search.h"
#include "tunnel/doctor/consultation.h"

namespace culvert::agent::cli {
namespace {

ExitCode fail_with(const Error& error) {
    std::fprintf(stderr, "culvert-agent doctor: %s\n", error.message.c_str());
    return ExitCode::Usage;
}

}  // namespace

ExitCode doctor_command(const DoctorCommandOptions& options) {
    const auto file =
        config::find_config("agent.yaml", options.config.empty() ? std::nullopt : std::optional(options.config));
    if (!file) return fail_with(file.error());
    const auto config = config::load_agent_config(*file);
    if (!config) {
        for (const config::Problem& problem : config.error()) std::fprintf(stderr, "%s\n", to_string(problem).c_str());
        return ExitCode::Usage;
    }
    const auto identity = crypto::Identity::load(config->identity);
    if (!identity) return fail_with(identity.error());
    auto uplink = uplink_settings_of(*config, config->directory);
    if (!uplink) return fail_with(uplink.error());

    const SystemClock clock;
    tunnel::doctor::DoctorSettings settings;
    settings.program = "culvert-agent doctor";
    settings.config_file = *file;
    settings.identity_file = config->identity;
    settings.uplink = std::move(*uplink);
    settings.probe = options.probe;
    return tunnel::doctor::consult(settings, *identity, clock, {options.json, options.report});
}

}  // namespace culvert::agent::cli
