// `culvert run`: from the command line to the report.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/base/exit_code.h"
#include "controller/cli/options.h"

namespace culvert::cli {

struct RunOptions {
    std::string plan, config, agents, out;
    std::vector<std::string> set;  // NAME=VALUE
    std::size_t wait_for_agents = 0;
    std::optional<std::uint64_t> seed;
    bool detach = false;
    OutputOptions output;
};

// Carries the run in this process, shows it, reports. `on_started`: when load begins, once.
ExitCode run_here(const RunOptions& options, const std::string& id = "", const std::function<void()>& on_started = {});
// Carries it in a process of its own, and returns when load begins there, or nothing came of it.
ExitCode run_detached(const RunOptions& options);

}  // namespace culvert::cli
