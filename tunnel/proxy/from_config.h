// From the configuration as it was written to what this folder works with.
#pragma once

#include <string>

#include "common/base/result.h"
#include "common/config/node_config.h"
#include "tunnel/proxy/settings.h"

namespace culvert::tunnel::proxy {

// `key`: where it stands ("tunnel.proxy", "load.proxy").
Result<ProxySettings> settings_from(const config::ProxyConfig& config, std::string key);

}  // namespace culvert::tunnel::proxy
