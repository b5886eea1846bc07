#include "controller/run/run_plan.h"

#include <csignal>
#include <utility>

#include "common/base/log.h"
#include "controller/run/run_record.h"

namespace culvert::run {
namespace {

tl::unexpected<NotStarted> refused(ExitCode code, std::vector<std::string> problems) {
    return tl::unexpected(NotStarted{code, std::move(problems)});
}

Status make_folder(const std::filesystem::path& folder) {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error) return fail(Code::InvalidInput, "making " + folder.string() + ": " + error.message());
    return {};
}

bool ignored(int signal) {
    struct sigaction present {};
    return ::sigaction(signal, nullptr, &present) == 0 && present.sa_handler == SIG_IGN;
}

// For `culvert agents`.
class Look final : public MeshEvents {
  public:
    Look(net::Loop& loop, MeshIdentity& who) : loop_(loop), who_(who) {}
    ~Look() override {
        gathering_.reset();
        mesh_.reset();
    }

    tl::expected<MeshSnapshot, NotStarted> run(const config::ControllerConfig& config) {
        auto mesh = Mesh::create(loop_, who_, uplink_by(config, false), *this);
        if (!mesh) return refused(ExitCode::Usage, {mesh.error().message});
        mesh_ = std::move(*mesh);
        gathering_ = std::make_unique<Gathering>(
            loop_, *mesh_, GatherGoal{}, [this](Result<std::vector<roster::RosterEntry>> found) {
                found_ = std::move(found);
                if (*found_) snapshot_.link = mesh_->link().value_or(tunnel::link::LinkInfo{});
                mesh_->stop("seen enough");
                leave_timer_ = loop_.after(std::chrono::milliseconds(100), [this] { loop_.stop(); });
            });
        mesh_->start();
        loop_.run();
        leave_timer_.reset();
        if (!*found_) return refused(ExitCode::RelayNotReached, {found_->error().message});
        snapshot_.agents = std::move(**found_);
        snapshot_.mesh = who_.identity.member().mesh;
        snapshot_.self = who_.identity.member().name;
        return std::move(snapshot_);
    }

  private:
    void on_link_down(const Error& why, std::optional<Duration> retry_in) override {
        gathering_->link_down(why, retry_in);
    }

    net::Loop& loop_;
    MeshIdentity& who_;
    std::unique_ptr<Mesh> mesh_;
    std::unique_ptr<Gathering> gathering_;
    std::unique_ptr<net::Loop::Timer> leave_timer_;
    std::optional<Result<std::vector<roster::RosterEntry>>> found_;
    MeshSnapshot snapshot_;
};

}  // namespace

tl::expected<RunEnd, NotStarted> run_plan(const config::ControllerConfig& config, RunRequest request,
                                          RunObserver& observer, store::Store* store) {
    auto setup = set_up(config.run, request.plan, request.inputs, request.environment, request.seed);
    if (!setup) return tl::unexpected(setup.error());
    if (!request.id.empty()) setup->id = request.id;
    setup->out_dir = request.out_dir.string();
    if (!request.out_dir.empty()) {
        if (const Status ok = make_folder(request.out_dir); !ok) return refused(ExitCode::Usage, {ok.error().message});
    }
    net::Loop loop;
    auto who = load_identity(config, loop.clock());
    if (!who) return refused(ExitCode::Usage, {who.error().message});

    RunSessionSetup session_setup;
    session_setup.goal.selector = request.agents;
    session_setup.goal.at_least = request.wait_for_agents;
    session_setup.goal.for_agents = request.wait_at_most;
    session_setup.goal.reach_relay = request.reach_relay;
    if (!request.out_dir.empty())
        session_setup.control_socket = std::filesystem::absolute(request.out_dir) / kControlSocket;
    RecordingObserver recorder(observer, store, *setup, session_setup.control_socket.string(), loop.clock());
    session_setup.on_present = [&recorder](const std::vector<roster::RosterEntry>& present) {
        recorder.on_present(present);
    };
    session_setup.on_chosen = [&recorder, &request](const std::vector<roster::RosterEntry>& chosen) {
        recorder.on_chosen(chosen);
        if (request.on_chosen) request.on_chosen(chosen);
    };
    session_setup.run = std::move(*setup);

    std::optional<tl::expected<RunEnd, NotStarted>> outcome;
    RunSession session(loop, *who, uplink_by(config, false), std::move(session_setup), recorder,
                       [&loop, &outcome](tl::expected<RunEnd, NotStarted> end) {
                           outcome = std::move(end);
                           loop.stop();
                       });
    std::unique_ptr<net::Loop::Watch> on_interrupt, on_terminate, on_hang_up;
    if (request.catch_signals) {
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

tl::expected<MeshSnapshot, NotStarted> look_at_mesh(const config::ControllerConfig& config, store::Store* store) {
    net::Loop loop;
    auto who = load_identity(config, loop.clock());
    if (!who) return refused(ExitCode::Usage, {who.error().message});
    auto snapshot = Look(loop, *who).run(config);
    if (!snapshot || store == nullptr) return snapshot;
    remember_agents(*store, snapshot->agents, loop.clock());
    add_offline_agents(*store, snapshot->agents);
    return snapshot;
}

}  // namespace culvert::run
