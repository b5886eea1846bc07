// A run that this process carries, begun here or taken up: shown while it goes on, reported when it is over.
#pragma once

#include <filesystem>
#include <functional>
#include <utility>

#include "controller/cli/options.h"
#include "controller/cli/progress.h"
#include "controller/cli/waiting_line.h"
#include "controller/run/run_controller.h"

namespace culvert::cli {

// What q and Ctrl-C do while a run is carried here.
inline constexpr const char* kQuitKey = "stop and report (twice: at once)";
inline constexpr const char* kQuitLine = "Ctrl-C stops the load and reports; a second one stops at once";

class RunWatcher final : public run::RunObserver {
  public:
    // `on_started`: when load begins, once; may be empty. The others outlive the watcher.
    RunWatcher(ProgressView& progress, WaitingNotice& waiting, std::function<void()> on_started)
        : progress_(progress), waiting_(waiting), on_started_(std::move(on_started)) {}

    void on_view(const run::RunView& view) override;
    void on_event(const results::Event& event) override;
    void on_over(const run::RunEnd&) override {}

  private:
    ProgressView& progress_;
    WaitingNotice& waiting_;
    std::function<void()> on_started_;
};

// Writes the report to `out`, the summary to stderr and, with --json, report.json to stdout.
ExitCode report_carried_run(const tl::expected<run::RunEnd, run::NotStarted>& end, const std::filesystem::path& out,
                            const OutputOptions& output, Progress shown);

}  // namespace culvert::cli
