#include "agent/cli/doctor_command.h"

#include "agent/cli/agent_file.h"
#include "agent/cli/tunnel_settings.h"
#include "common/base/clock.h"
#include "common/base/utf8_locale.h"
#include "common/config/config_search.h"
#include "tunnel/doctor/consultation.h"

namespace culvert::agent::cli {

ExitCode doctor_command(const DoctorCommandOptions& options) {
    const auto config = load_agent_file(options.config);
    if (!config) return config.error();
    const auto identity = crypto::Identity::load(config->identity);
    if (!identity) return fail_with(identity.error());
    auto uplink = uplink_settings_of(*config, config->directory);
    if (!uplink) return fail_with(uplink.error());
    auto targets = target_settings_of(*config);
    if (!targets) return fail_with(targets.error());

    const SystemClock clock;
    tunnel::doctor::DoctorSettings settings;
    settings.program = "culvert-agent doctor";
    settings.config_file = config->file;
    settings.identity_file = config->identity;
    settings.mesh = config->mesh;
    settings.uplink = std::move(*uplink);
    settings.targets = std::move(*targets);
    settings.probe = options.probe;
    return tunnel::doctor::consult(settings, *identity, clock,
                                   {options.json, options.report, locale_is_utf8(config::environment)});
}

}  // namespace culvert::agent::cli
