#include "agent/cli/run_command.h"

#include <signal.h>

#include <cstdio>
#include <optional>

#include "agent/cli/daemon.h"
#include "common/base/log.h"
#include "common/config/config_search.h"

namespace culvert::agent::cli {
namespace {

ExitCode fail_with(const Error& error) {
    std::fprintf(stderr, "culvert-agent: %s\n", error.message.c_str());
    return error.code == Code::Internal ? ExitCode::Internal : ExitCode::Usage;
}

}  // namespace

ExitCode run_command(const RunOptions& options, run::EngineFactory engines) {
    const auto file =
        config::find_config("agent.yaml", options.config.empty() ? std::nullopt : std::optional(options.config));
    if (!file) return fail_with(file.error());
    const auto config = config::load_agent_config(*file);
    if (!config) {
        for (const config::Problem& problem : config.error()) std::fprintf(stderr, "%s\n", to_string(problem).c_str());
        return ExitCode::Usage;
    }
    if (!config->listen.empty())
        return fail_with(
            {Code::InvalidInput, *file + ": listen: direct mode is not in this version; take the key out"});
    log::set_node(config->name);

    net::Loop loop;
    const auto daemon = Daemon::create(loop, *config, std::move(engines));
    if (!daemon) return fail_with(daemon.error());
    log::info("culvert-agent " CULVERT_VERSION,
              {{"config", *file}, {"mesh", config->mesh}, {"agent", (*daemon)->member().name}});
    if (!config->charter) log::warning("no charter in the configuration: every run will be refused");

    const auto on_terminate = loop.on_signal(SIGTERM, [&daemon] { (*daemon)->stop(); });
    const auto on_interrupt = loop.on_signal(SIGINT, [&daemon] { (*daemon)->stop(); });
    (*daemon)->start();
    loop.run();
    log::info("stopped");
    return (*daemon)->exit_code();
}

}  // namespace culvert::agent::cli
