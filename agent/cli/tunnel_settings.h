// From agent.yaml to what the uplink is told.
#pragma once

#include "common/base/result.h"
#include "common/config/node_config.h"
#include "tunnel/link/uplink_settings.h"

namespace culvert::agent::cli {

// `folder`: where rejected proxy credentials are remembered, so that a restart loop locks no account.
Result<tunnel::link::UplinkSettings> uplink_settings_of(const config::AgentConfig& config, const std::string& folder);

}  // namespace culvert::agent::cli
