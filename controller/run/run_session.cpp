#include "controller/run/run_session.h"

#include <utility>

#include "common/base/check.h"
#include "common/base/log.h"

namespace culvert::run {
namespace {

constexpr Duration kTickEvery = std::chrono::milliseconds(100);
constexpr Duration kLongestGoodbye = std::chrono::seconds(5);      // for Release to arrive
constexpr Duration kTimeToClose = std::chrono::milliseconds(200);  // for the last envelopes to leave

}  // namespace

RunSession::RunSession(net::Loop& loop, MeshIdentity& who, UplinkMaker make_uplink, RunSessionSetup setup,
                       RunObserver& observer, Done done)
    : loop_(loop),
      who_(who),
      make_uplink_(std::move(make_uplink)),
      setup_(std::move(setup)),
      observer_(observer),
      done_(std::move(done)) {}

RunSession::~RunSession() {
    // The controller's agents live in the mesh.
    control_.reset();
    controller_.reset();
    gathering_.reset();
    mesh_.reset();
}

void RunSession::start() {
    auto mesh = Mesh::create(loop_, who_, make_uplink_, *this);
    if (!mesh) {
        give_up(ExitCode::Usage, mesh.error().message);
        return;
    }
    mesh_ = std::move(*mesh);
    gathering_ = std::make_unique<Gathering>(
        loop_, *mesh_, setup_.goal,
        [this](Result<std::vector<roster::RosterEntry>> present) { gathered(std::move(present)); });
    mesh_->start();
}

void RunSession::gathered(Result<std::vector<roster::RosterEntry>> present) {
    if (outcome_) return;
    gathering_.reset();
    if (!present) {
        give_up(exit_code_of(present.error(), *mesh_), present.error().message);
        return;
    }
    if (setup_.on_present) setup_.on_present(*present);
    const auto chosen = roster::choose(*present, setup_.goal.selector, *setup_.run.plan);
    if (!chosen) {
        give_up(ExitCode::AgentsMissing, chosen.error().message);
        return;
    }
    begin(*chosen);
}

void RunSession::begin(const std::vector<roster::RosterEntry>& chosen) {
    std::vector<AgentPort*> ports;
    for (const roster::RosterEntry& entry : chosen) {
        AgentConversation* agent = mesh_->find(entry.address);
        CULVERT_CHECK(agent != nullptr);
        index_[agent] = ports.size();
        ports.push_back(agent);
    }
    if (setup_.on_chosen) setup_.on_chosen(chosen);
    controller_ =
        std::make_unique<RunController>(std::move(setup_.run), ports, loop_.clock(), static_cast<RunObserver&>(*this));
    for (const auto& [agent, index] : index_) mesh_->find(agent->entry().address)->set_listener(this);
    if (const Status ok = open_control_socket(); !ok)
        log::warning("no control socket: " + ok.error().message, {{"run", controller_->id()}});
    tick_timer_ = loop_.every(kTickEvery, [this] { controller_->tick(); });
    controller_->begin();
}

Status RunSession::open_control_socket() {
    if (setup_.control_socket.empty()) return {};
    // A command is carried out after the server is done with the client: it may end the run, and with it the server.
    ControlServer::Commands commands;
    commands.stop = [this](StopMode mode) {
        loop_.post([this, mode] { controller_->request_stop(mode, "stopped by culvert stop"); });
    };
    commands.comment = [this](std::string text) {
        loop_.post([this, text = std::move(text)] { controller_->comment(text); });
    };
    commands.view = [this] { return to_json(controller_->view()); };
    auto server = ControlServer::listen(loop_, setup_.control_socket, std::move(commands));
    if (!server) return tl::unexpected(server.error());
    control_ = std::move(*server);
    return {};
}

void RunSession::interrupt(const std::string& reason) {
    ++interrupts_;
    if (controller_) {
        controller_->request_stop(interrupts_ == 1 ? StopMode::Gracefully : StopMode::AtOnce, reason);
    } else {
        give_up(ExitCode::Interrupted, reason);
    }
}

void RunSession::on_link_up(const tunnel::link::LinkInfo&) {
    if (controller_) controller_->on_own_link(true, "");
}

void RunSession::on_link_down(const Error& why, std::optional<Duration> retry_in) {
    if (gathering_) gathering_->link_down(why, retry_in);
    if (controller_) controller_->on_own_link(false, why.message, !retry_in);
}

void RunSession::on_message(AgentConversation& agent, protocol::AgentMessage message) {
    controller_->on_message(index_.at(&agent), std::move(message));
}
void RunSession::on_connected(AgentConversation& agent) {
    controller_->on_connected(index_.at(&agent));
}
void RunSession::on_interrupted(AgentConversation& agent, const Error& why) {
    controller_->on_interrupted(index_.at(&agent), why);
}
void RunSession::on_gone(AgentConversation& agent, const Error& why) {
    controller_->on_gone(index_.at(&agent), why);
}
void RunSession::on_room(AgentConversation& agent) {
    controller_->on_room(index_.at(&agent));
}

void RunSession::on_view(const RunView& view) {
    if (control_) control_->publish(to_json(view));
    observer_.on_view(view);
}

void RunSession::on_event(const results::Event& event) {
    observer_.on_event(event);
}

void RunSession::on_over(const RunEnd& end) {
    observer_.on_over(end);
    over_at_ = loop_.clock().steady_now();
    tick_timer_ = loop_.every(kTickEvery, [this] { linger(); });
}

void RunSession::linger() {
    if (!controller_->released() && loop_.clock().steady_now() - over_at_ < kLongestGoodbye) return;
    if (control_) control_->over();
    leave();
}

void RunSession::give_up(ExitCode code, std::string problem) {
    if (outcome_ || controller_) return;
    outcome_ = tl::unexpected(NotStarted{code, {std::move(problem)}});
    leave();
}

void RunSession::leave() {
    tick_timer_.reset();
    gathering_.reset();
    if (mesh_) mesh_->stop("the run is over");
    if (!outcome_) outcome_ = controller_->take_end();
    leave_timer_ = loop_.after(kTimeToClose, [this] {
        control_.reset();
        auto done = std::move(done_);
        done(std::move(*outcome_));
    });
}

}  // namespace culvert::run
