// One run in its mesh: choose the agents, or take up those of a run whose process died, and carry the run to its end.
// Loop thread only.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/exit_code.h"
#include "controller/run/control_server.h"
#include "controller/run/mesh_session.h"
#include "controller/run/run_controller.h"

namespace culvert::run {

struct RunSessionSetup {
    RunSetup run;
    GatherGoal goal;                       // its selector chooses the agents
    std::filesystem::path control_socket;  // empty: none
    std::filesystem::path journal;         // to be made; empty: none
    // Of a run that goes on: then `run` is its own, `goal` and `journal` are not looked at, and on_present is not
    // called.
    std::optional<RunJournal::TakenUp> taken_up;
    // The agents that were found, and those that were chosen, before anything is sent to them.
    std::function<void(const std::vector<roster::RosterEntry>& present)> on_present;
    std::function<void(const std::vector<roster::RosterEntry>& chosen)> on_chosen;
};

class RunSession final : public MeshSession, private RunObserver {
  public:
    using Done = std::function<void(tl::expected<RunEnd, NotStarted>)>;
    // `done` once, as the last thing. Everything given outlives the session.
    RunSession(net::Loop& loop, MeshIdentity& who, UplinkMaker make_uplink, RunSessionSetup setup,
               RunObserver& observer, Done done);
    ~RunSession() override;

    // Ctrl-C: the first stops gracefully, the second at once; before the start it gives up.
    void interrupt(const std::string& reason);
    RunController* controller() { return controller_.get(); }

  private:
    void meet(const std::vector<roster::RosterEntry>& present) override;
    void not_started(NotStarted why) override;
    void link_lost(const Error& why, bool for_good) override;
    bool released() const override { return controller_->released(); }
    void left() override;
    void on_link_up(const tunnel::link::LinkInfo& info) override;

    void on_message(AgentConversation& agent, protocol::AgentMessage message) override;
    void on_connected(AgentConversation& agent) override;
    void on_interrupted(AgentConversation& agent, const Error& why) override;
    void on_gone(AgentConversation& agent, const Error& why) override;
    void on_room(AgentConversation& agent) override;

    void on_view(const RunView& view) override;
    void on_event(const results::Event& event) override;
    void on_over(const RunEnd& end) override;

    void take_up();
    void begin(const std::vector<roster::RosterEntry>& chosen);
    // Makes the controller, and lets it hear its agents.
    void wire(RunSetup run, const std::vector<roster::RosterEntry>& roster, RunJournal* journal);
    Status open_control_socket();

    RunSessionSetup setup_;
    RunObserver& observer_;
    Done done_;

    std::unique_ptr<RunJournal> journal_;
    std::unique_ptr<RunController> controller_;
    std::unique_ptr<ControlServer> control_;
    std::map<const AgentConversation*, std::size_t> index_;
    std::optional<NotStarted> not_started_;
    int interrupts_ = 0;
};

}  // namespace culvert::run
