// Where a program finds its configuration when nobody says.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/result.h"

namespace culvert::config {

using EnvironmentLookup = std::function<std::optional<std::string>(std::string_view)>;
// std::getenv; empty values count as absent.
std::optional<std::string> environment(std::string_view name);

// The environment variable that names this program's file: one each for agent.yaml and relay.yaml, so that they do not
// trip over the controller's on a machine that has several; CULVERT_CONFIG otherwise.
std::string config_variable(std::string_view name);

// The first of: `explicit_file`, $config_variable(NAME), ./NAME, $XDG_CONFIG_HOME/culvert/NAME (default ~/.config),
// /etc/culvert/NAME. What was named must exist; what was not is looked for. The message lists the places.
Result<std::string> find_config(const std::string& name, const std::optional<std::string>& explicit_file,
                                const EnvironmentLookup& lookup = environment);

}  // namespace culvert::config
