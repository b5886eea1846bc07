#include "controller/run/trial_session.h"

#include <utility>

#include "common/base/check.h"

namespace culvert::run {
namespace {

constexpr Duration kTickEvery = std::chrono::milliseconds(50);
constexpr Duration kLongestGoodbye = std::chrono::seconds(5);      // for Release to arrive
constexpr Duration kTimeToClose = std::chrono::milliseconds(200);  // for the last envelopes to leave

}  // namespace

TrialSession::TrialSession(net::Loop& loop, MeshIdentity& who, UplinkMaker make_uplink, TrialSessionSetup setup,
                           TrialObserver& observer, Done done)
    : loop_(loop),
      who_(who),
      make_uplink_(std::move(make_uplink)),
      setup_(std::move(setup)),
      observer_(observer),
      done_(std::move(done)) {}

TrialSession::~TrialSession() {
    // The controller's agent lives in the mesh.
    controller_.reset();
    gathering_.reset();
    mesh_.reset();
}

void TrialSession::start() {
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

void TrialSession::gathered(Result<std::vector<roster::RosterEntry>> present) {
    if (outcome_) return;
    gathering_.reset();
    if (!present) {
        give_up(exit_code_of(present.error(), *mesh_), present.error().message);
        return;
    }
    auto choice = choose_for_trial(*present, setup_.wish, *setup_.run.plan);
    if (!choice) {
        give_up(exit_code_of(choice.error(), *mesh_), choice.error().message);
        return;
    }
    AgentConversation* agent = mesh_->find(choice->agent.address);
    CULVERT_CHECK(agent != nullptr);
    if (setup_.on_chosen) setup_.on_chosen(*choice);
    controller_ = std::make_unique<TrialController>(std::move(setup_.run), std::move(choice->carried), *agent,
                                                    loop_.clock(), observer_);
    agent->set_listener(this);
    tick_timer_ = loop_.every(kTickEvery, [this] { tick(); });
    controller_->begin();
}

void TrialSession::tick() {
    controller_->tick();
    if (!controller_->over()) return;
    const SteadyTime now = loop_.clock().steady_now();
    if (!over_at_) over_at_ = now;
    if (controller_->released() || now - *over_at_ >= kLongestGoodbye) leave(controller_->end());
}

void TrialSession::interrupt() {
    if (controller_) {
        controller_->interrupt();
    } else {
        give_up(ExitCode::Interrupted, "interrupted before anything was sent");
    }
}

void TrialSession::on_link_down(const Error& why, std::optional<Duration> retry_in) {
    if (gathering_) gathering_->link_down(why, retry_in);
    if (controller_ && !retry_in) controller_->on_relay_refused(why.message);
}

void TrialSession::on_message(AgentConversation&, protocol::AgentMessage message) {
    controller_->on_message(std::move(message));
}
void TrialSession::on_connected(AgentConversation&) {
    controller_->on_connected();
}
void TrialSession::on_interrupted(AgentConversation&, const Error&) {
    controller_->on_interrupted();
}
void TrialSession::on_gone(AgentConversation&, const Error& why) {
    controller_->on_gone(why);
}
void TrialSession::on_room(AgentConversation&) {
    controller_->on_room();
}

void TrialSession::give_up(ExitCode code, std::string problem) {
    if (!outcome_) leave(tl::unexpected(NotStarted{code, {std::move(problem)}}));
}

void TrialSession::leave(Outcome outcome) {
    outcome_ = std::move(outcome);
    tick_timer_.reset();
    gathering_.reset();
    if (mesh_) mesh_->stop("the trial is over");
    leave_timer_ = loop_.after(kTimeToClose, [this] {
        auto done = std::move(done_);
        done(std::move(*outcome_));
    });
}

}  // namespace culvert::run
