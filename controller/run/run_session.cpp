#include "controller/run/run_session.h"

#include <utility>

#include "common/base/log.h"

namespace culvert::run {
namespace {

constexpr Duration kTickEvery = std::chrono::milliseconds(100);

}  // namespace

RunSession::RunSession(net::Loop& loop, MeshIdentity& who, UplinkMaker make_uplink, RunSessionSetup setup,
                       RunObserver& observer, Done done)
    : MeshSession(loop, who, std::move(make_uplink),
                  setup.taken_up ? std::nullopt : std::optional<GatherGoal>(setup.goal)),
      setup_(std::move(setup)),
      observer_(observer),
      done_(std::move(done)) {}

RunSession::~RunSession() = default;  // before the mesh, in which the controller's agents live

void RunSession::meet(const std::vector<roster::RosterEntry>& present) {
    if (setup_.taken_up) return take_up();
    if (setup_.on_present) setup_.on_present(present);
    const auto chosen = roster::choose(present, setup_.goal.selector, *setup_.run.plan);
    if (!chosen) return give_up(ExitCode::AgentsMissing, chosen.error().message);
    begin(*chosen);
}

void RunSession::begin(const std::vector<roster::RosterEntry>& chosen) {
    if (setup_.on_chosen) setup_.on_chosen(chosen);
    if (!setup_.journal.empty()) {
        auto journal = RunJournal::create(setup_.journal, setup_.run, chosen);
        if (journal)
            journal_ = std::move(*journal);
        else
            log::warning("if this process dies, nobody can take the run up: " + journal.error().message,
                         {{"run", setup_.run.id}});
    }
    wire(std::move(setup_.run), chosen, journal_.get());
    controller_->begin();
}

void RunSession::take_up() {
    RunJournal::TakenUp& taken = *setup_.taken_up;
    journal_ = std::move(taken.journal);
    if (setup_.on_chosen) setup_.on_chosen(taken.roster);
    wire(std::move(taken.setup), taken.roster, journal_.get());
    if (const Status ok = controller_->take_up(); !ok) {
        controller_.reset();
        give_up(ExitCode::Internal, ok.error().message);
    }
}

void RunSession::wire(RunSetup run, const std::vector<roster::RosterEntry>& roster, RunJournal* journal) {
    std::vector<AgentPort*> ports;
    for (const roster::RosterEntry& entry : roster) {
        AgentConversation& agent = mesh().expect(entry.address, entry.name);
        index_[&agent] = ports.size();
        agent.set_listener(this);
        ports.push_back(&agent);
    }
    controller_ = std::make_unique<RunController>(std::move(run), roster, ports, loop().clock(),
                                                  static_cast<RunObserver&>(*this), journal);
    if (const Status ok = open_control_socket(); !ok)
        log::warning("no control socket: " + ok.error().message, {{"run", controller_->id()}});
    tick_every(kTickEvery, [this] { controller_->tick(); });
}

Status RunSession::open_control_socket() {
    if (setup_.control_socket.empty()) return {};
    // A command is carried out after the server is done with the client: it may end the run, and with it the server.
    ControlServer::Commands commands;
    commands.stop = [this](StopMode mode) {
        loop().post([this, mode] { controller_->request_stop(mode, "stopped by culvert stop"); });
    };
    commands.comment = [this](std::string text) {
        loop().post([this, text = std::move(text)] { controller_->comment(text); });
    };
    commands.view = [this] { return to_json(controller_->view()); };
    auto server = ControlServer::listen(loop(), setup_.control_socket, std::move(commands));
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

void RunSession::link_lost(const Error& why, bool for_good) {
    if (controller_) controller_->on_own_link(false, why.message, for_good);
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
    part();
}

void RunSession::not_started(NotStarted why) {
    not_started_ = std::move(why);
}

void RunSession::left() {
    if (control_) control_->over();
    control_.reset();
    auto done = std::move(done_);
    if (not_started_) return done(tl::unexpected(std::move(*not_started_)));
    done(controller_->take_end());
}

}  // namespace culvert::run
