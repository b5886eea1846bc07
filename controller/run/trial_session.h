// One trial in its mesh, on one loop: reach the relay, choose the agent, carry the trial to its end, tell the agent,
// leave. Loop thread only.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "controller/run/gather.h"
#include "controller/run/mesh.h"
#include "controller/run/trial_choice.h"
#include "controller/run/trial_controller.h"

namespace culvert::run {

struct TrialSessionSetup {
    RunSetup run;
    TrialWish wish;
    GatherGoal goal;
    std::function<void(const TrialChoice& choice)> on_chosen;  // before anything is sent
};

class TrialSession final : private MeshEvents, private ConversationListener {
  public:
    using Outcome = tl::expected<TrialEnd, NotStarted>;
    using Done = std::function<void(Outcome)>;
    // `done` once, as the last thing. Everything given outlives the session.
    TrialSession(net::Loop& loop, MeshIdentity& who, UplinkMaker make_uplink, TrialSessionSetup setup,
                 TrialObserver& observer, Done done);
    ~TrialSession() override;
    TrialSession(const TrialSession&) = delete;
    TrialSession& operator=(const TrialSession&) = delete;

    void start();
    // Ctrl-C.
    void interrupt();

  private:
    void on_link_down(const Error& why, std::optional<Duration> retry_in) override;

    void on_message(AgentConversation& agent, protocol::AgentMessage message) override;
    void on_connected(AgentConversation& agent) override;
    void on_interrupted(AgentConversation& agent, const Error& why) override;
    void on_gone(AgentConversation& agent, const Error& why) override;
    void on_room(AgentConversation& agent) override;

    void gathered(Result<std::vector<roster::RosterEntry>> present);
    void tick();
    void give_up(ExitCode code, std::string problem);
    void leave(Outcome outcome);

    net::Loop& loop_;
    MeshIdentity& who_;
    const UplinkMaker make_uplink_;
    TrialSessionSetup setup_;
    TrialObserver& observer_;
    Done done_;

    std::unique_ptr<Mesh> mesh_;
    std::unique_ptr<Gathering> gathering_;
    std::unique_ptr<TrialController> controller_;
    std::unique_ptr<net::Loop::Timer> tick_timer_, leave_timer_;
    std::optional<SteadyTime> over_at_;
    std::optional<Outcome> outcome_;
};

}  // namespace culvert::run
