#include "agent/cli/run_command.h"

#include <signal.h>

#include "agent/cli/agent_file.h"
#include "agent/cli/daemon.h"
#include "common/base/log.h"

namespace culvert::agent::cli {

ExitCode run_command(const RunOptions& options, run::EngineFactory engines) {
    const auto config = load_agent_file(options.config);
    if (!config) return config.error();
    if (!config->listen.empty())
        return fail_with(
            {Code::InvalidInput, config->file + ": listen: direct mode is not in this version; take the key out"});
    log::set_node(config->name);

    net::Loop loop;
    const auto daemon = Daemon::create(loop, *config, std::move(engines));
    if (!daemon) return fail_with(daemon.error());
    log::info("culvert-agent " CULVERT_VERSION,
              {{"config", config->file}, {"mesh", config->mesh}, {"agent", (*daemon)->member().name}});
    if (!config->charter) log::warning("no charter in the configuration: every run will be refused");

    const auto on_terminate = loop.on_signal(SIGTERM, [&daemon] { (*daemon)->stop(); });
    const auto on_interrupt = loop.on_signal(SIGINT, [&daemon] { (*daemon)->stop(); });
    (*daemon)->start();
    loop.run();
    log::info("stopped");
    return (*daemon)->exit_code();
}

}  // namespace culvert::agent::cli
