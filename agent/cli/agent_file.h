// The agent's configuration, found and read: one way for every command.
#pragma once

#include <string>

#include <tl/expected.hpp>

#include "common/base/exit_code.h"
#include "common/base/result.h"
#include "common/config/node_config.h"

namespace culvert::agent::cli {

// `given`: what --config says; empty: searched for. Every mistake was printed on stderr.
tl::expected<config::AgentConfig, ExitCode> load_agent_file(const std::string& given);

// Prints the line, and says which code it ends with.
ExitCode fail_with(const Error& error);

}  // namespace culvert::agent::cli
