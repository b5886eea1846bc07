#include "controller/run/run_plan.h"

#include <utility>

#include "common/base/log.h"
#include "common/crypto/join_message.h"
#include "controller/run/carry_run.h"
#include "controller/run/run_record.h"
#include "tunnel/envelope/pending_list.h"

namespace culvert::run {
namespace {

namespace envelope = tunnel::envelope;

tl::unexpected<NotStarted> refused(ExitCode code, std::vector<std::string> problems) {
    return tl::unexpected(NotStarted{code, std::move(problems)});
}

Status make_folder(const std::filesystem::path& folder) {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (!error) return {};
    std::error_code ignored;
    if (std::filesystem::exists(folder, ignored) && !std::filesystem::is_directory(folder, ignored))
        return fail(Code::InvalidInput, "--out " + folder.string() + ": there is a file of this name; name a folder");
    return fail(Code::InvalidInput, "--out " + folder.string() + ": the folder cannot be made: " + error.message());
}

constexpr std::size_t kMostPending = 100'000;  // whatever a relay says

PendingNode pending_of(const envelope::PendingEntry& entry) {
    PendingNode node;
    node.peer = entry.peer;
    node.waits = std::chrono::seconds(entry.waits_seconds);
    if (const auto join = crypto::parse_join(entry.join)) {
        node.name = join->name;
        node.invite = to_string(join->invite);
    }
    return node;
}

// For `culvert agents`.
class Look final : public MeshEvents {
  public:
    Look(net::Loop& loop, MeshIdentity& who) : loop_(loop), who_(who) {}
    ~Look() override {
        gathering_.reset();
        mesh_.reset();
    }

    tl::expected<MeshSnapshot, NotStarted> run(const config::ControllerConfig& config, const WaitingLine& on_waiting) {
        auto mesh = Mesh::create(loop_, who_, uplink_by(config, false), *this);
        if (!mesh) return refused(ExitCode::Usage, {mesh.error().message});
        mesh_ = std::move(*mesh);
        GatherGoal goal;
        goal.on_waiting = on_waiting;
        goal.relay = relay_of(config);
        gathering_ = std::make_unique<Gathering>(
            loop_, *mesh_, std::move(goal), [this](Result<std::vector<roster::RosterEntry>> found) {
                found_ = std::move(found);
                if (*found_ && !pending_told_) {
                    patience_timer_ = loop_.after(kPendingPatience, [this] { leave(); });
                } else {
                    leave();
                }
            });
        mesh_->start();
        loop_.run();
        leave_timer_.reset();
        patience_timer_.reset();
        if (!*found_) return refused(ExitCode::RelayNotReached, {found_->error().message});
        snapshot_.agents = std::move(**found_);
        snapshot_.mesh = who_.identity.member().mesh;
        snapshot_.self = who_.identity.member().name;
        return std::move(snapshot_);
    }

  private:
    static constexpr Duration kPendingPatience = std::chrono::seconds(2);

    void on_link_up(const tunnel::link::LinkInfo&) override {
        snapshot_.pending.clear();
        const Address self{mesh_->self().id, mesh_->uplink().instance()};
        [[maybe_unused]] const Status asked = mesh_->uplink().send({envelope::Kind::PendingAsk, self, {}, {}});
    }
    void on_link_down(const Error& why, std::optional<Duration> retry_in) override {
        gathering_->link_down(why, retry_in);
    }

    void on_other(envelope::EnvelopeView view) override {
        if (view.kind != envelope::Kind::PendingList) return;
        const auto part = envelope::parse_pending(view.body);
        if (!part || snapshot_.pending.size() + part->entries.size() > kMostPending) return;
        for (const envelope::PendingEntry& entry : part->entries) snapshot_.pending.push_back(pending_of(entry));
        pending_told_ = !part->more;
        // Not from within the uplink.
        if (pending_told_ && found_) patience_timer_ = loop_.after(Duration::zero(), [this] { leave(); });
    }

    void leave() {
        if (left_) return;
        left_ = true;
        if (*found_) snapshot_.link = mesh_->link().value_or(tunnel::link::LinkInfo{});
        mesh_->stop("seen enough");
        leave_timer_ = loop_.after(std::chrono::milliseconds(100), [this] { loop_.stop(); });
    }

    net::Loop& loop_;
    MeshIdentity& who_;
    std::unique_ptr<Mesh> mesh_;
    std::unique_ptr<Gathering> gathering_;
    std::unique_ptr<net::Loop::Timer> leave_timer_, patience_timer_;
    std::optional<Result<std::vector<roster::RosterEntry>>> found_;
    MeshSnapshot snapshot_;
    bool pending_told_ = false, left_ = false;
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
    RunSessionSetup session_setup;
    session_setup.goal.selector = request.agents;
    session_setup.goal.at_least = request.wait_for_agents;
    session_setup.goal.for_agents = request.wait_at_most;
    session_setup.goal.reach_relay = request.reach_relay;
    session_setup.goal.on_waiting = request.on_waiting;
    session_setup.goal.relay = relay_of(config);
    if (!request.out_dir.empty()) {
        session_setup.control_socket = std::filesystem::absolute(request.out_dir) / kControlSocket;
        session_setup.journal = request.out_dir / RunJournal::kFile;
    }
    session_setup.run = std::move(*setup);
    return carry_run(config, {std::move(session_setup), request.catch_signals, request.on_chosen, std::nullopt},
                     observer, store);
}

tl::expected<MeshSnapshot, NotStarted> look_at_mesh(const config::ControllerConfig& config, store::Store* store,
                                                    const WaitingLine& on_waiting) {
    net::Loop loop;
    auto who = load_identity(config, loop.clock(), store == nullptr ? nullptr : &store->invites());
    if (!who) return refused(ExitCode::Usage, {who.error().message});
    auto snapshot = Look(loop, *who).run(config, on_waiting);
    if (!snapshot || store == nullptr) return snapshot;
    remember_agents(*store, snapshot->agents, loop.clock());
    add_offline_agents(*store, snapshot->agents);
    return snapshot;
}

}  // namespace culvert::run
