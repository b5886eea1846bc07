// Which controller.yaml a command works with.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "common/base/result.h"
#include "common/config/node_config.h"
#include "controller/cli/terminal.h"

namespace culvert::cli {

// The places in their order: `given` (--config) alone if there is one, else $CULVERT_CONFIG, ./controller.yaml,
// ~/.config/culvert/controller.yaml, /etc/culvert/controller.yaml.
std::vector<std::filesystem::path> config_places(const std::string& given, const Environment& environment);

// The first that exists. InvalidInput names all the places that were looked at, and how to make one.
Result<std::filesystem::path> find_config(const std::string& given, const Environment& environment);

// Finds and reads it; says in the log which one it is. A Problem without a place when there is none.
tl::expected<config::ControllerConfig, config::Problems> load_config(const std::string& given);

}  // namespace culvert::cli
