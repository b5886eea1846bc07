#include <filesystem>

#include "common/base/log.h"
#include "controller/cli/carried_run.h"
#include "controller/cli/controller_files.h"
#include "controller/cli/exit.h"
#include "controller/cli/plan_input.h"
#include "controller/cli/run_command.h"
#include "controller/roster/roster.h"
#include "controller/run/run_plan.h"

namespace culvert::cli {

ExitCode run_here(const RunOptions& options, const std::string& id, const std::function<void()>& on_started) {
    auto input = load_plan_input(options.plan, options.set);
    if (!input) return input.error();
    auto selector = roster::parse_selector(options.agents);
    if (!selector) return fail_with(selector.error());
    const auto files = open_files(options.config);
    if (!files) return files.error();

    run::RunRequest request;
    request.id = id.empty() ? run::new_run_id() : id;
    request.plan = std::move(input->plan);
    request.inputs = std::move(input->inputs);
    request.agents = std::move(*selector);
    request.wait_for_agents = options.wait_for_agents;
    request.seed = options.seed;
    const std::filesystem::path out =
        options.out.empty() ? std::filesystem::path("runs") / request.id : std::filesystem::path(options.out);
    request.out_dir = std::filesystem::absolute(out).lexically_normal();  // it is found again from everywhere

    ProgressView progress(options.output, kQuitKey, kQuitLine);
    // A line of the log in the middle of the picture would shift it; the view has the events in it.
    if (progress.mode() == Progress::Live) log::configure(log::Level::Error, options.output.log_format);
    WaitingNotice waiting(progress.mode() == Progress::None);
    request.on_waiting = [&waiting](const std::string& text) { waiting.say(text); };
    RunWatcher watcher(progress, waiting, on_started);
    const auto end = run::run_plan(files->config, std::move(request), watcher, files->store.get());
    waiting.clear();
    progress.leave();
    return report_carried_run(end, out, options.output, progress.mode());
}

}  // namespace culvert::cli
