// One trial in its mesh: choose the agent, and carry the trial to its end. Loop thread only.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "controller/run/mesh_session.h"
#include "controller/run/trial_choice.h"
#include "controller/run/trial_controller.h"

namespace culvert::run {

struct TrialSessionSetup {
    RunSetup run;
    TrialWish wish;
    GatherGoal goal;
    std::function<void(const TrialChoice& choice)> on_chosen;  // before anything is sent
};

class TrialSession final : public MeshSession {
  public:
    using Outcome = tl::expected<TrialEnd, NotStarted>;
    using Done = std::function<void(Outcome)>;
    // `done` once, as the last thing. Everything given outlives the session.
    TrialSession(net::Loop& loop, MeshIdentity& who, UplinkMaker make_uplink, TrialSessionSetup setup,
                 TrialObserver& observer, Done done);
    ~TrialSession() override;

    // Ctrl-C.
    void interrupt();

  private:
    void meet(const std::vector<roster::RosterEntry>& present) override;
    void not_started(NotStarted why) override;
    void link_lost(const Error& why, bool for_good) override;
    bool released() const override { return controller_->released(); }
    void left() override;

    void on_message(AgentConversation& agent, protocol::AgentMessage message) override;
    void on_connected(AgentConversation& agent) override;
    void on_interrupted(AgentConversation& agent, const Error& why) override;
    void on_gone(AgentConversation& agent, const Error& why) override;
    void on_room(AgentConversation& agent) override;

    void tick();

    TrialSessionSetup setup_;
    TrialObserver& observer_;
    Done done_;

    std::unique_ptr<TrialController> controller_;
    std::optional<NotStarted> not_started_;
};

}  // namespace culvert::run
