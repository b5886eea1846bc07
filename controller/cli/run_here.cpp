#include <cstdio>
#include <filesystem>

#include "common/base/log.h"
#include "common/workload/plan.h"
#include "controller/cli/controller_files.h"
#include "controller/cli/exit.h"
#include "controller/cli/progress.h"
#include "controller/cli/render/summary.h"
#include "controller/cli/run_command.h"
#include "controller/cli/terminal.h"
#include "controller/report/report_files.h"
#include "controller/roster/roster.h"
#include "controller/run/run_plan.h"

namespace culvert::cli {
namespace {

constexpr const char* kKeys = "Ctrl-C stops the load and reports; a second one stops at once";

class Watcher final : public run::RunObserver {
  public:
    Watcher(ProgressView& progress, std::function<void()> on_started)
        : progress_(progress), on_started_(std::move(on_started)) {}

    void on_view(const run::RunView& view) override {
        progress_.show(view);
        if (view.state == results::RunState::Running && on_started_) {
            on_started_();
            on_started_ = {};
        }
    }
    void on_event(const results::Event& event) override { progress_.show(event); }
    void on_over(const run::RunEnd&) override {}

  private:
    ProgressView& progress_;
    std::function<void()> on_started_;
};

// The report, at `out`; what cannot be written there goes to the folder for temporary files, so that no result is lost.
report::WrittenReport write_somewhere(const results::RunResult& result, const std::filesystem::path& out) {
    report::WrittenReport written = report::write_report(result, out);
    if (written.complete()) return written;
    std::error_code none;
    const std::filesystem::path spare = std::filesystem::temp_directory_path(none) / ("culvert-run-" + result.id);
    if (none) return written;
    const report::WrittenReport second = report::write_report(result, spare);
    if (second.complete()) print_error("the whole report is in " + spare.string() + " instead");
    return written;
}

std::string json_on_stdout(const results::RunResult& result) {
    const std::string json = report::report_json(result);
    return std::fwrite(json.data(), 1, json.size(), stdout) == json.size() && std::fflush(stdout) == 0
               ? ""
               : "report.json could not be written to stdout";
}

}  // namespace

ExitCode run_here(const RunOptions& options, const std::string& id, const std::function<void()>& on_started) {
    auto plan = workload::load_plan(options.plan);
    if (!plan) return fail_with(plan.error());
    auto inputs = inputs_of(options.set);
    if (!inputs) return fail_with(inputs.error());
    auto selector = roster::parse_selector(options.agents);
    if (!selector) return fail_with(selector.error());
    const auto config = load_config(options.config);
    if (!config) return config.error();
    const auto store = open_store(*config);
    if (!store) return store.error();

    run::RunRequest request;
    request.id = id.empty() ? run::new_run_id() : id;
    request.plan = std::make_shared<const workload::Plan>(std::move(*plan));
    request.inputs = std::move(*inputs);
    request.agents = std::move(*selector);
    request.wait_for_agents = options.wait_for_agents;
    request.seed = options.seed;
    const std::filesystem::path out =
        options.out.empty() ? std::filesystem::path("runs") / request.id : std::filesystem::path(options.out);
    request.out_dir = std::filesystem::absolute(out).lexically_normal();  // it is found again from everywhere

    ProgressView progress(options.output, kKeys);
    // A line of the log in the middle of the picture would shift it; the view has the events in it.
    if (progress.mode() == Progress::Live) log::configure(log::Level::Error, options.output.log_format);
    Watcher watcher(progress, on_started);
    const auto end = run::run_plan(*config, std::move(request), watcher, store->get());
    progress.leave();
    if (!end) {
        for (const std::string& problem : end.error().problems) print_error(problem);
        return end.error().code;
    }
    const report::WrittenReport written = write_somewhere(end->result, out);
    ExitCode code = written.complete() ? end->exit_code : worse_of(end->exit_code, ExitCode::Internal);
    for (const std::string& problem : end->problems) {
        if (problem != end->result.state_reason) print_error(problem);  // that one is in the summary
    }
    render::TextStyle style = stderr_terminal().style;
    if (options.output.no_color) style.color = false;
    if (options.output.json) {
        if (const std::string problem = json_on_stdout(end->result); !problem.empty()) {
            print_error(problem);
            code = worse_of(code, ExitCode::Internal);
        }
    }
    const std::string text =
        (progress.mode() == Progress::Live ? "\n" : "") + render::summary(end->result, written, code, style);
    std::fwrite(text.data(), 1, text.size(), stderr);
    return code;
}

}  // namespace culvert::cli
