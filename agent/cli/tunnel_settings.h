// From agent.yaml to what the tunnel, the load's proxy and the doctor are told.
#pragma once

#include "common/base/result.h"
#include "common/config/node_config.h"
#include "tunnel/doctor/doctor_settings.h"
#include "tunnel/link/uplink_settings.h"
#include "tunnel/proxy/settings.h"

namespace culvert::agent::cli {

// `folder`: what the tunnel keeps there, tunnel/link/from_config.h says.
Result<tunnel::link::UplinkSettings> uplink_settings_of(const config::AgentConfig& config, const std::string& folder);

// The proxy of the load, and what it keeps beside the configuration.
Result<tunnel::proxy::ProxySettings> load_proxy_of(const config::AgentConfig& config);
std::string load_credential_file(const config::AgentConfig& config);
// What targets, and a proxy before them, are trusted by besides the system's store.
std::vector<std::string> load_extra_ca(const config::AgentConfig& config);

Result<tunnel::doctor::TargetSettings> target_settings_of(const config::AgentConfig& config);

}  // namespace culvert::agent::cli
