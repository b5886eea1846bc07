#include "controller/run/trial_session.h"

#include <utility>

#include "common/base/check.h"

namespace culvert::run {
namespace {

constexpr Duration kTickEvery = std::chrono::milliseconds(50);

}  // namespace

TrialSession::TrialSession(net::Loop& loop, MeshIdentity& who, UplinkMaker make_uplink, TrialSessionSetup setup,
                           TrialObserver& observer, Done done)
    : MeshSession(loop, who, std::move(make_uplink), setup.goal),
      setup_(std::move(setup)),
      observer_(observer),
      done_(std::move(done)) {}

TrialSession::~TrialSession() = default;  // before the mesh, in which the controller's agent lives

void TrialSession::meet(const std::vector<roster::RosterEntry>& present) {
    auto choice = choose_for_trial(present, setup_.wish, *setup_.run.plan);
    if (!choice) return give_up(exit_code_of(choice.error(), mesh()), choice.error().message);
    AgentConversation* agent = mesh().find(choice->agent.address);
    CULVERT_CHECK(agent != nullptr);
    if (setup_.on_chosen) setup_.on_chosen(*choice);
    controller_ = std::make_unique<TrialController>(std::move(setup_.run), std::move(choice->carried), *agent,
                                                    loop().clock(), observer_);
    agent->set_listener(this);
    tick_every(kTickEvery, [this] { tick(); });
    controller_->begin();
}

void TrialSession::tick() {
    controller_->tick();
    if (controller_->over()) part();
}

void TrialSession::interrupt() {
    if (controller_) {
        controller_->interrupt();
    } else {
        give_up(ExitCode::Interrupted, "interrupted before anything was sent");
    }
}

void TrialSession::link_lost(const Error& why, bool for_good) {
    if (controller_ && for_good) controller_->on_relay_refused(why.message);
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

void TrialSession::not_started(NotStarted why) {
    not_started_ = std::move(why);
}

void TrialSession::left() {
    auto done = std::move(done_);
    if (not_started_) return done(tl::unexpected(std::move(*not_started_)));
    done(controller_->end());
}

}  // namespace culvert::run
