#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <thread>

#include <CLI/CLI.hpp>

#include "common/base/log.h"
#include "controller/cli/carried_run.h"
#include "controller/cli/commands.h"
#include "controller/cli/controller_files.h"
#include "controller/cli/exit.h"
#include "controller/cli/options.h"
#include "controller/cli/progress.h"
#include "controller/cli/render/summary.h"
#include "controller/cli/terminal.h"
#include "controller/report/report_reader.h"
#include "controller/run/control_client.h"
#include "controller/run/run_plan.h"

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
    constexpr int kLooksBeforeTelling = 20;
    WaitingNotice waiting;
    for (int i = 0; i < kLooks && store::process_lives(record.pid); ++i) {
        if (i >= kLooksBeforeTelling)
            waiting.say("waiting for process " + std::to_string(record.pid) + " to write the report");
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
}

bool has_died(const store::RunRecord& record) {
    return !record.ended && !store::process_lives(record.pid);
}

// Its agents go on for a while and keep their results: this process carries the run from here on.
ExitCode take_up(const config::ControllerConfig& config, store::Store& store, const store::RunRecord& record,
                 const WatchOptions& options) {
    std::fprintf(stderr, "run %s lost its process; this one takes it up.   %s\n", record.id.c_str(), kQuitLine);
    ProgressView progress(options.output, kQuitKey, kQuitLine);
    WaitingNotice waiting(progress.mode() == Progress::None);
    RunWatcher watcher(progress, waiting, {});
    const auto end = run::take_up_run(config, {record, true}, watcher, &store);
    progress.leave();
    if (!end && !record.out_dir.empty())
        print_error("run " + record.id + " died with its process.   What it left: " + record.out_dir);
    return report_carried_run(end, record.out_dir, options.output, progress.mode());
}

// How a run ended that cannot be watched any more.
ExitCode tell_end(const store::RunRecord& record, const OutputOptions& output) {
    await_report(record);
    const auto read = report::read_report(record.out_dir);
    if (!read) {
        print_error("run " + record.id + " is over (" + record.state + "), but " + read.error().message);
        return record.exit_code ? static_cast<ExitCode>(*record.exit_code) : ExitCode::Internal;
    }
    const ExitCode code =
        record.exit_code ? static_cast<ExitCode>(*record.exit_code) : report::exit_code_of(read->result);
    const render::TextStyle style = stderr_style(output);
    const std::string text = render::summary(read->result, read->files, code, style);
    std::fwrite(text.data(), 1, text.size(), stderr);
    return code;
}

ExitCode watch(const WatchOptions& options) {
    const auto files = open_files(options.config);
    if (!files) return files.error();
    const auto record = files->store->runs().find(options.run);
    if (!record) return fail_with(record.error());
    auto client = run::ControlClient::connect(record->control_socket);
    if (!client && has_died(*record)) return take_up(files->config, *files->store, *record, options);
    if (!client) return tell_end(*record, options.output);
    WaitingNotice waiting;
    client->set_on_waiting([&waiting](const std::string& text) { waiting.say(text); });
    const Status watching = client->watch();
    waiting.clear();
    if (!watching) return fail_with(watching.error());

    ProgressView progress(options.output, "leave; the run goes on", "Ctrl-C leaves; the run goes on");
    for (;;) {
        const auto view = client->next_view(kPatience);
        if (!view && view.error().code == Code::Timeout) continue;
        if (!view || !*view) break;
        progress.show(**view);
    }
    progress.leave();
    const auto ended = files->store->runs().find(record->id);
    if (progress.mode() == Progress::Live) std::fputs("\n", stderr);
    if (ended && has_died(*ended)) return take_up(files->config, *files->store, *ended, options);
    return tell_end(ended ? *ended : *record, options.output);
}

}  // namespace

void add_watch(CLI::App& program, Chosen& chosen) {
    CLI::App* command = program.add_subcommand("watch",
                                               "Show a run that another process carries; ends with it, and with its "
                                               "exit code. A run whose process died is taken "
                                               "up: its agents have kept what they measured");
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
