#include <chrono>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "common/base/log.h"
#include "controller/cli/commands.h"
#include "controller/cli/controller_files.h"
#include "controller/cli/exit.h"
#include "controller/cli/options.h"
#include "controller/cli/progress.h"
#include "controller/run/control_client.h"

namespace culvert::cli {
namespace {

struct WatchOptions {
    std::string run, config;
    OutputOptions output;
};

constexpr Duration kPatience = std::chrono::seconds(30);

// How a run ended that cannot be watched any more.
ExitCode tell_end(const store::RunRecord& record) {
    const bool died = !record.ended && !store::process_lives(record.pid);
    print_error("run " + record.id + (died ? " died with its process" : " is over: " + record.state + ", " + record.verdict + ", " + record.trust) +
                (record.out_dir.empty() ? "" : ".   Its report: " + record.out_dir));
    return record.exit_code ? static_cast<ExitCode>(*record.exit_code) : died ? ExitCode::Internal : ExitCode::Ok;
}

ExitCode watch(const WatchOptions& options) {
    const auto config = load_config(options.config);
    if (!config) return config.error();
    const auto store = open_store(*config);
    if (!store) return store.error();
    const auto record = (*store)->runs().find(options.run);
    if (!record) return fail_with(record.error());
    auto client = run::ControlClient::connect(record->control_socket);
    if (!client) return tell_end(*record);
    if (const Status ok = client->watch(); !ok) return fail_with(ok.error());

    ProgressView progress(options.output, "Ctrl-C leaves; the run goes on");
    for (;;) {
        const auto view = client->next_view(kPatience);
        if (!view && view.error().code == Code::Timeout) continue;
        if (!view || !*view) break;
        progress.show(**view);
    }
    progress.leave();
    const auto ended = (*store)->runs().find(record->id);
    return tell_end(ended ? *ended : *record);
}

}  // namespace

void add_watch(CLI::App& program, Chosen& chosen) {
    CLI::App* command = program.add_subcommand("watch", "Show a run that another process carries; ends with it, and with its exit code");
    auto options = std::make_shared<WatchOptions>();
    command->add_option("RUN", options->run, "Id of the run, or how it begins (culvert runs lists them)")->required();
    add_config_option(*command, options->config);
    add_progress_option(*command, options->output.progress);
    add_output_options(*command, options->output);
    add_examples(*command, "  culvert watch 7f3a\n  culvert watch 7f3a --progress plain");
    command->callback([&chosen, options] {
        chosen.run = [options] {
            log::configure(log::Level::Warning, options->output.log_format);
            return watch(*options);
        };
    });
}

}  // namespace culvert::cli
