// From the configuration as it was written to what an uplink is told.
#pragma once

#include <string>

#include "common/base/result.h"
#include "common/config/node_config.h"
#include "tunnel/link/uplink_settings.h"

namespace culvert::tunnel::link {

// `folder`: where rejected proxy credentials are remembered, so that a restart loop locks no account, and the last good
// copy of a PAC script, and what was learnt of the path.
Result<UplinkSettings> settings_from(const config::TunnelConfig& config, const std::string& folder);

}  // namespace culvert::tunnel::link
