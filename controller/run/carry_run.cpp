#include "controller/run/carry_run.h"

#include <csignal>
#include <utility>

#include "controller/run/run_plan.h"
#include "controller/run/run_record.h"

namespace culvert::run {
namespace {

bool ignored(int signal) {
    struct sigaction present {};
    return ::sigaction(signal, nullptr, &present) == 0 && present.sa_handler == SIG_IGN;
}

}  // namespace

tl::expected<RunEnd, NotStarted> carry_run(const config::ControllerConfig& config, CarriedRun run,
                                           RunObserver& observer, store::Store* store) {
    net::Loop loop;
    auto who = load_identity(config, loop.clock(), store == nullptr ? nullptr : &store->invites());
    if (!who) return tl::unexpected(NotStarted{ExitCode::Usage, {who.error().message}});
    const RunSetup& about = run.session.taken_up ? run.session.taken_up->setup : run.session.run;
    RecordingObserver recorder(observer, store, about, run.session.control_socket.string(), loop.clock());
    if (run.began) recorder.began(*run.began);
    run.session.on_present = [&recorder](const std::vector<roster::RosterEntry>& present) {
        recorder.on_present(present);
    };
    run.session.on_chosen = [&recorder, &run](const std::vector<roster::RosterEntry>& chosen) {
        recorder.on_chosen(chosen);
        if (run.on_chosen) run.on_chosen(chosen);
    };
    std::optional<tl::expected<RunEnd, NotStarted>> outcome;
    RunSession session(loop, *who, uplink_by(config, false), std::move(run.session), recorder,
                       [&loop, &outcome](tl::expected<RunEnd, NotStarted> end) {
                           outcome = std::move(end);
                           loop.stop();
                       });
    std::unique_ptr<net::Loop::Watch> on_interrupt, on_terminate, on_hang_up;
    if (run.catch_signals) {
        on_interrupt = loop.on_signal(SIGINT, [&session] { session.interrupt("interrupted by Ctrl-C"); });
        on_terminate = loop.on_signal(SIGTERM, [&session] { session.interrupt("told to end by SIGTERM"); });
        // The terminal is gone, and nobody is left to stop the run. Under nohup it goes on.
        if (!ignored(SIGHUP))
            on_hang_up = loop.on_signal(SIGHUP, [&session] { session.interrupt("the terminal was closed (SIGHUP)"); });
    }
    session.start();
    loop.run();
    return std::move(*outcome);
}

tl::expected<RunEnd, NotStarted> take_up_run(const config::ControllerConfig& config, const TakeUpRequest& request,
                                             RunObserver& observer, store::Store* store) {
    const std::filesystem::path folder = request.record.out_dir;
    auto taken = RunJournal::reopen(folder / RunJournal::kFile);
    if (!taken) return tl::unexpected(NotStarted{ExitCode::Usage, {taken.error().message}});
    if (taken->setup.id != request.record.id)
        return tl::unexpected(
            NotStarted{ExitCode::Usage, {folder.string() + " holds the journal of run " + taken->setup.id}});
    CarriedRun run;
    run.session.taken_up = std::move(*taken);
    run.session.control_socket = std::filesystem::absolute(folder) / kControlSocket;
    run.catch_signals = request.catch_signals;
    run.began = request.record.started;
    return carry_run(config, std::move(run), observer, store);
}

void forget_journal(const std::filesystem::path& out_dir) {
    std::error_code none;
    std::filesystem::remove(out_dir / RunJournal::kFile, none);
}

}  // namespace culvert::run
