#include "agent/cli/tunnel_settings.h"

#include <utility>

#include "tunnel/link/from_config.h"

namespace culvert::agent::cli {

Result<tunnel::link::UplinkSettings> uplink_settings_of(const config::AgentConfig& config, const std::string& folder) {
    auto settings = tunnel::link::settings_from(config.tunnel, folder);
    if (!settings) return settings;
    settings->role = Role::Agent;
    settings->software = "culvert-agent/" CULVERT_VERSION;
    return settings;
}

}  // namespace culvert::agent::cli
