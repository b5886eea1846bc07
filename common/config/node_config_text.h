// Writes configurations as commented YAML that the load functions read back: agent.yaml for join, relay.yaml and
// controller.yaml for init.
#pragma once

#include <string>

#include "common/config/node_config.h"

namespace culvert::config {

// Paths are written as they stand: absolute, or relative to the folder that the file will lie in. Secrets are never
// written, only where they are kept.
std::string render_agent_config(const AgentConfig& config);
std::string render_relay_config(const RelayConfig& config);
std::string render_controller_config(const ControllerConfig& config);

}  // namespace culvert::config
