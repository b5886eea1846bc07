// The agent's side of one run, from Prepare to RunFinished. Charter, dead man's switch and the numbering of intervals
// live here, whatever the controller says. Loop thread only, except where the engine reports through its bridge.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "agent/run/engine_bridge.h"
#include "agent/run/engine_factory.h"
#include "agent/run/file_store.h"
#include "agent/run/interval_backlog.h"
#include "common/protocol/messages.h"
#include "tunnel/session/scheduler.h"

namespace culvert::agent::run {

using State = protocol::AgentRunState;
bool can_go(State from, State to);

// To the controller that owns the run.
class RunOutlet {
  public:
    virtual ~RunOutlet() = default;
    // Never refuses: control messages are few. Reports are only sent while has_room().
    virtual void send(const protocol::AgentMessage& message) = 0;
    virtual bool has_room() const = 0;
};

class AgentRun {
  public:
    struct Setup {
        const EngineFactory& engines;
        const charter::Charter& charter;
        const worker::EngineOptions& engine_options;
        FileStore& files;
        tunnel::session::Scheduler& scheduler;
        RunOutlet& outlet;
        Duration keep_running_for{};  // from agent.yaml; the controller may only shorten it
        std::function<void()> wake;   // thread-safe: makes the loop call drain()
    };
    static constexpr Duration kFarthestStart = std::chrono::hours(1);
    static constexpr std::size_t kMostExchanges = 1000;  // that wait; more are dropped, and the totals tell
    static constexpr Duration kStopAtOnceTakes =
        std::chrono::seconds(10);  // then the engine is taken down without its last word

    AgentRun(Setup setup, protocol::Prepare prepare);
    ~AgentRun();
    AgentRun(const AgentRun&) = delete;
    AgentRun& operator=(const AgentRun&) = delete;

    // Checks everything, fetches files, prepares the engine; ends with Prepared.
    void begin();
    void on_chunk(const protocol::FileChunk& chunk);
    void on_start(const protocol::Start& start);
    void on_stop(worker::StopMode mode, const std::string& reason);
    void on_amend(const protocol::Amend& amend);

    // The session to the controller: cut off, back, has room again.
    void on_cut_off();
    void on_back();
    void on_writable();
    // What the engine reported since the last call.
    void drain();

    const std::string& id() const { return prepare_.run; }
    State state() const { return state_; }
    // Everything was handed over, or nothing ever ran: another run may come.
    bool over() const { return state_ == State::Idle || state_ == State::Finished; }
    double cpu_percent() const { return cpu_percent_; }

  private:
    void go(State to);
    void fetch_next_file();
    void prepare_engine();
    void refuse(std::vector<std::string> problems);
    void started(SteadyTime agreed);
    void tell_start(Duration skew);
    void take(metrics::Interval interval);
    void take_exchanges();
    void aborted(const EngineAborted& aborted);
    void stop_engine(worker::StopMode mode, protocol::Outcome outcome, const std::string& reason);
    void engine_ended();
    void hand_over();

    const Setup setup_;
    const protocol::Prepare prepare_;
    State state_ = State::Idle;
    std::shared_ptr<const workload::Plan> plan_;
    EngineBridge bridge_;
    std::unique_ptr<worker::Engine> engine_;  // ends before the bridge does
    IntervalBacklog backlog_;
    std::deque<metrics::Exchange> exchanges_;  // of a trial, that wait for room
    std::uint64_t intervals_sent_ = 0, intervals_folded_ = 0;
    protocol::RunTotals totals_;
    protocol::Outcome outcome_ = protocol::Outcome::Completed;
    std::string reason_;
    double cpu_percent_ = 0;
    Duration start_shift_{};  // Start came after the agreed instant: so much later the engine was started
    tunnel::session::Timer start_timer_, dead_man_timer_, stop_timer_;
};

}  // namespace culvert::agent::run
