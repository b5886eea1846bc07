// One run in its mesh, on one loop: reach the relay, choose the agents, carry the run to its end, tell the agents,
// leave. Loop thread only.
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
#include "controller/run/gather.h"
#include "controller/run/mesh.h"
#include "controller/run/run_controller.h"

namespace culvert::run {

struct RunSessionSetup {
    RunSetup run;
    GatherGoal goal;                       // its selector chooses the agents
    std::filesystem::path control_socket;  // empty: none
    // The agents that were found, and those that were chosen, before anything is sent to them.
    std::function<void(const std::vector<roster::RosterEntry>& present)> on_present;
    std::function<void(const std::vector<roster::RosterEntry>& chosen)> on_chosen;
};

class RunSession final : private MeshEvents, private ConversationListener, private RunObserver {
  public:
    using Done = std::function<void(tl::expected<RunEnd, NotStarted>)>;
    // `done` once, as the last thing. Everything given outlives the session.
    RunSession(net::Loop& loop, MeshIdentity& who, UplinkMaker make_uplink, RunSessionSetup setup,
               RunObserver& observer, Done done);
    ~RunSession() override;
    RunSession(const RunSession&) = delete;
    RunSession& operator=(const RunSession&) = delete;

    void start();
    // Ctrl-C: the first stops gracefully, the second at once; before the start it gives up.
    void interrupt(const std::string& reason);
    RunController* controller() { return controller_.get(); }

  private:
    void on_link_up(const tunnel::link::LinkInfo& info) override;
    void on_link_down(const Error& why, std::optional<Duration> retry_in) override;

    void on_message(AgentConversation& agent, protocol::AgentMessage message) override;
    void on_connected(AgentConversation& agent) override;
    void on_interrupted(AgentConversation& agent, const Error& why) override;
    void on_gone(AgentConversation& agent, const Error& why) override;
    void on_room(AgentConversation& agent) override;

    void on_view(const RunView& view) override;
    void on_event(const results::Event& event) override;
    void on_over(const RunEnd& end) override;

    void gathered(Result<std::vector<roster::RosterEntry>> present);
    void begin(const std::vector<roster::RosterEntry>& chosen);
    Status open_control_socket();
    void linger();
    void give_up(ExitCode code, std::string problem);
    void leave();

    net::Loop& loop_;
    MeshIdentity& who_;
    const UplinkMaker make_uplink_;
    RunSessionSetup setup_;
    RunObserver& observer_;
    Done done_;

    std::unique_ptr<Mesh> mesh_;
    std::unique_ptr<Gathering> gathering_;
    std::unique_ptr<RunController> controller_;
    std::unique_ptr<ControlServer> control_;
    std::map<const AgentConversation*, std::size_t> index_;
    std::unique_ptr<net::Loop::Timer> tick_timer_, leave_timer_;
    std::optional<tl::expected<RunEnd, NotStarted>> outcome_;
    SteadyTime over_at_{};
    int interrupts_ = 0;
};

}  // namespace culvert::run
