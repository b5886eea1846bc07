// One run, from the chosen agents to the verdict: prepare → barrier → start at one instant → intervals → merge → finish
// → release. It owns no thread and no timer: whoever drives it hands it what agents say, and calls tick() several times
// a second. Loop thread only.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/protocol/messages.h"
#include "controller/results/merger.h"
#include "controller/run/agent_port.h"
#include "controller/run/data_files.h"
#include "controller/run/file_sender.h"
#include "controller/run/run_journal.h"
#include "controller/run/run_setup.h"
#include "controller/run/run_view.h"

namespace culvert::run {

// Called from within RunController's functions, on the loop's thread.
class RunObserver {
  public:
    virtual ~RunObserver() = default;
    virtual void on_view(const RunView& view) = 0;  // once a second, and at every change of state
    virtual void on_event(const results::Event& event) = 0;
    virtual void on_over(const RunEnd& end) = 0;  // last
};

class RunController {
  public:
    // `agents` in roster order, at least one; they, clock, observer and journal (nullptr: none) outlive the controller.
    RunController(RunSetup setup, std::vector<AgentPort*> agents, const Clock& clock, RunObserver& observer,
                  RunJournal* journal = nullptr);
    // Of a run that is taken up: `roster` as its journal has it, and the agents by it, whether they are there or not.
    RunController(RunSetup setup, const std::vector<roster::RosterEntry>& roster, std::vector<AgentPort*> agents,
                  const Clock& clock, RunObserver& observer, RunJournal* journal);

    // Sends Prepare to everybody.
    void begin();
    // Instead of begin(): goes on where the journal ends. InvalidInput: its load had not begun; nothing can go on.
    Status take_up();
    void tick();

    void on_message(std::size_t agent, protocol::AgentMessage message);
    void on_connected(std::size_t agent);
    void on_interrupted(std::size_t agent, const Error& why);
    // Its session is gone for good: nothing it held back will come.
    void on_gone(std::size_t agent, const Error& why);
    void on_room(std::size_t agent);
    // The controller's own link. While it is down no agent is lost for being silent. `for_good`: refused, no retry.
    void on_own_link(bool up, const std::string& why, bool for_good = false);

    // The first call stops as asked; a later one can only make it AtOnce.
    void request_stop(StopMode mode, const std::string& reason);
    void comment(const std::string& text);

    bool over() const { return results::is_over(merger_.head().state); }
    // Over, and every agent that can hear it has been told.
    bool released() const;
    const RunView& view() const { return view_; }
    results::RunResult snapshot() const { return merger_.snapshot(); }
    const std::string& id() const { return setup_.id; }
    // After on_over, once: what on_over was shown.
    RunEnd take_end() { return std::move(*end_); }

  private:
    static constexpr Duration kTimeToAmend = std::chrono::seconds(1);  // on top of the slowest round trip

    struct Member {
        explicit Member(AgentPort& p) : port(&p), files(p) {}
        AgentPort* port;
        FileSender files;
        bool prepared = false, told_to_start = false, gone = false;
        bool forgot = false;                    // it carries the run no more; what it had kept of it may still come
        bool left = false;                      // … and came
        bool amendment_owed = false;            // of a run that was taken up: its share may not have reached it
        std::uint64_t intervals = 0;            // the number of the last one that came
        SteadyTime heard{}, gone_at{};          // heard: last message
        std::optional<SteadyTime> interrupted;  // since then
    };

    // run_prepare.cpp
    void send_prepare();
    void take(std::size_t agent, const protocol::AgentHello& hello);
    void take(std::size_t agent, const protocol::AgentStatus& status);
    void take(std::size_t agent, const protocol::Prepared& prepared);
    void take(std::size_t agent, const protocol::FileNeeded& needed);
    void check_prepare();
    void pass_barrier();
    void fail_before_start(ExitCode code, const std::string& reason);

    // run_progress.cpp
    void take(std::size_t agent, const protocol::Started& started);
    void take(std::size_t agent, const protocol::IntervalReport& report);
    void take(std::size_t agent, protocol::ErrorExampleReport& report);
    void take(std::size_t, const protocol::ExchangeReport&) {}  // of trials only
    void take(std::size_t agent, const protocol::RunAborted& aborted);
    void take(std::size_t agent, protocol::RunFinished& finished);
    void take(std::size_t agent, const protocol::RunLeft& left);
    void check_progress();
    void judge();
    void stop_all(bool at_once, const std::string& reason);
    void begin_finishing();
    void finish_if_done();
    bool is_waited_for(std::size_t agent) const;
    void end(results::RunState state, const std::string& reason);
    ExitCode exit_code() const;

    // run_loss.cpp
    void check_silence();
    void lose(std::size_t agent, const std::string& why);
    void welcome_back(std::size_t agent);
    void go_on_without(std::size_t agent);  // as on_lost_agent says
    void redistribute(std::size_t lost);
    std::vector<bool> who_is_away() const;
    bool all_lost() const;

    // run_take_up.cpp
    void replay(StartAgreed& start);
    void replay(AgentSaid& said);
    void replay(AgentLost& lost);
    void replay(AgentReturned& back);
    void replay(StopAsked& stop);
    void replay(results::Event& event);
    void count(std::size_t agent, const protocol::IntervalReport& report);
    void resume(std::size_t agent);
    void send_owed_amendments();

    void keep(const JournalEntry& entry);
    void go(results::RunState to);
    void event(std::string kind, std::string agent, std::string text);
    void publish();
    results::AgentResult& agent_result(std::size_t agent) { return merger_.head().agents[agent]; }
    results::AgentState agent_state(std::size_t agent) const { return merger_.head().agents[agent].state; }
    Duration since_start() const;
    // Between us and an agent, as its clock was measured by; 0: not yet.
    Duration round_trip(std::size_t agent) const;
    // Silence until an agent counts as lost: beside the policy's, what it last said may have been under way for long.
    Duration lost_after(std::size_t agent) const { return setup_.policy.agent_lost_after + round_trip(agent); }

    RunSetup setup_;
    const Clock& clock_;
    RunObserver& observer_;
    std::vector<Member> agents_;
    std::vector<workload::Member> carriers_;  // by agent
    results::Merger merger_;
    std::optional<DataFiles> files_;
    RunView view_;
    RunJournal* const journal_;

    SteadyTime created_{}, progressed_{};  // progressed: the last sign of life while preparing
    std::optional<SteadyTime> start_at_;
    std::optional<SteadyTime> judged_from_;  // of a run that was taken up: until then its agents are catching up
    std::optional<SteadyTime> finishing_since_, all_lost_since_, own_link_down_since_;
    SteadyTime next_view_{};
    std::optional<StopMode> stopping_;
    bool interrupted_by_user_ = false, aborted_ = false, lost_against_policy_ = false, relay_lost_ = false;
    std::string end_reason_;
    ExitCode failed_code_ = ExitCode::Ok;
    std::vector<std::string> problems_;
    std::optional<RunEnd> end_;
};

}  // namespace culvert::run
