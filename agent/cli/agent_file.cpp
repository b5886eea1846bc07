#include "agent/cli/agent_file.h"

#include <cstdio>
#include <optional>

#include "common/config/config_search.h"

namespace culvert::agent::cli {

ExitCode fail_with(const Error& error) {
    std::fprintf(stderr, "culvert-agent: %s\n", error.message.c_str());
    return error.code == Code::Internal ? ExitCode::Internal : ExitCode::Usage;
}

tl::expected<config::AgentConfig, ExitCode> load_agent_file(const std::string& given) {
    const auto file = config::find_config("agent.yaml", given.empty() ? std::nullopt : std::optional(given));
    if (!file) return tl::unexpected(fail_with(file.error()));
    auto config = config::load_agent_config(*file);
    if (config) return std::move(*config);
    for (const config::Problem& problem : config.error()) std::fprintf(stderr, "%s\n", to_string(problem).c_str());
    return tl::unexpected(ExitCode::Usage);
}

}  // namespace culvert::agent::cli
