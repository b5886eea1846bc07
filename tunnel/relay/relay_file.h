// relay.yaml as settings of a relay.
#pragma once

#include <optional>
#include <string>

#include "common/base/result.h"
#include "common/config/config_search.h"
#include "common/config/node_config.h"
#include "tunnel/relay/settings.h"

namespace culvert::tunnel::relay {

// The newest revocations are kept in systemd's $STATE_DIRECTORY, else beside mesh_ca, as MESH.crl.
Result<RelaySettings> settings_from(const config::RelayConfig& config,
                                    const config::EnvironmentLookup& lookup = config::environment);

struct RelayFile {
    std::string file;  // as it was found
    RelaySettings settings;
};
// Finds and reads relay.yaml. On a mistake the error's message holds every problem, one a line.
Result<RelayFile> load_relay_file(const std::optional<std::string>& explicit_file);

}  // namespace culvert::tunnel::relay
