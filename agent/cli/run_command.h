// culvert-agent run.
#pragma once

#include "agent/cli/options.h"
#include "agent/run/engine_factory.h"
#include "common/base/exit_code.h"

namespace culvert::agent::cli {

// Blocks until a signal, or until the relay refuses this agent for good.
ExitCode run_command(const RunOptions& options, run::EngineFactory engines);

}  // namespace culvert::agent::cli
