#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <thread>

#include <CLI/CLI.hpp>

#include "common/base/log.h"
#include "controller/cli/commands.h"
#include "controller/cli/controller_files.h"
#include "controller/cli/exit.h"
#include "controller/cli/options.h"
#include "controller/cli/progress.h"
#include "controller/cli/render/summary.h"
#include "controller/cli/terminal.h"
#include "controller/report/report_reader.h"
#include "controller/run/control_client.h"

namespace culvert::cli {
namespace {

struct WatchOptions {
    std::string run, config;
    OutputOptions output;
};

constexpr Duration kPatience = std::chrono::seconds(30);

// The process that carries the run writes the report when the run is over, and ends.
void await_report(const store::RunRecord& record) {
    constexpr int kLooks = 600;
    for (int i = 0; i < kLooks && store::process_lives(record.pid); ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
}

// How a run ended that cannot be watched any more.
ExitCode tell_end(const store::RunRecord& record, bool no_color) {
    if (!record.ended && !store::process_lives(record.pid)) {
        print_error("run " + record.id + " died with its process" +
                    (record.out_dir.empty() ? "" : ".   What it left: " + record.out_dir));
        return ExitCode::Internal;
    }
    await_report(record);
    const auto read = report::read_report(record.out_dir);
    if (!read) {
        print_error("run " + record.id + " is over (" + record.state + "), but " + read.error().message);
        return record.exit_code ? static_cast<ExitCode>(*record.exit_code) : ExitCode::Internal;
    }
    const ExitCode code =
        record.exit_code ? static_cast<ExitCode>(*record.exit_code) : report::exit_code_of(read->result);
    render::TextStyle style = stderr_terminal().style;
    if (no_color) style.color = false;
    const std::string text = render::summary(read->result, read->files, code, style);
    std::fwrite(text.data(), 1, text.size(), stderr);
    return code;
}

ExitCode watch(const WatchOptions& options) {
    const auto config = load_config(options.config);
    if (!config) return config.error();
    const auto store = open_store(*config);
    if (!store) return store.error();
    const auto record = (*store)->runs().find(options.run);
    if (!record) return fail_with(record.error());
    auto client = run::ControlClient::connect(record->control_socket);
    if (!client) return tell_end(*record, options.output.no_color);
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
    if (progress.mode() == Progress::Live) std::fputs("\n", stderr);
    return tell_end(ended ? *ended : *record, options.output.no_color);
}

}  // namespace

void add_watch(CLI::App& program, Chosen& chosen) {
    CLI::App* command = program.add_subcommand(
        "watch", "Show a run that another process carries; ends with it, and with its exit code");
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
