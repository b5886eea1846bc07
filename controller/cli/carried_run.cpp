#include "controller/cli/carried_run.h"

#include <cstdio>

#include "controller/cli/exit.h"
#include "controller/cli/render/summary.h"
#include "controller/cli/terminal.h"
#include "controller/report/report_files.h"
#include "controller/run/run_plan.h"

namespace culvert::cli {
namespace {

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

void RunWatcher::on_view(const run::RunView& view) {
    waiting_.clear();
    progress_.show(view);
    if (view.state != results::RunState::Running || !on_started_) return;
    on_started_();
    on_started_ = {};
}

void RunWatcher::on_event(const results::Event& event) {
    waiting_.clear();
    progress_.show(event);
}

ExitCode report_carried_run(const tl::expected<run::RunEnd, run::NotStarted>& end, const std::filesystem::path& out,
                            const OutputOptions& output, Progress shown) {
    if (!end) {
        for (const std::string& problem : end.error().problems) print_error(problem);
        return end.error().code;
    }
    const report::WrittenReport written = write_somewhere(end->result, out);
    if (written.complete()) run::forget_journal(out);
    ExitCode code = written.complete() ? end->exit_code : worse_of(end->exit_code, ExitCode::Internal);
    for (const std::string& problem : end->problems) {
        if (problem != end->result.state_reason) print_error(problem);  // that one is in the summary
    }
    const render::TextStyle style = stderr_style(output);
    if (output.json) {
        if (const std::string problem = json_on_stdout(end->result); !problem.empty()) {
            print_error(problem);
            code = worse_of(code, ExitCode::Internal);
        }
    }
    const std::string text = (shown == Progress::Live ? "\n" : "") + render::summary(end->result, written, code, style);
    std::fwrite(text.data(), 1, text.size(), stderr);
    return code;
}

}  // namespace culvert::cli
