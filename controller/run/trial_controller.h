// One trial on one agent: prepare → files → start now → exchanges → finished → release. It owns no thread and no timer:
// whoever drives it hands it what the agent says, and calls tick() several times a second. Loop thread only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/metrics/exchange.h"
#include "common/protocol/messages.h"
#include "controller/run/agent_port.h"
#include "controller/run/data_files.h"
#include "controller/run/file_sender.h"
#include "controller/run/run_setup.h"

namespace culvert::run {

// How a trial ended.
struct TrialEnd {
    // Ok; ThresholdsFailed: a request failed, or a scenario made none; AgentsMissing: refused or lost; …
    ExitCode exit_code = ExitCode::Ok;
    std::vector<std::string> problems;  // beside failed requests: one line each
};

// Called from within TrialController's functions, on the loop's thread.
class TrialObserver {
  public:
    virtual ~TrialObserver() = default;
    virtual void on_exchange(const metrics::Exchange& exchange) = 0;
};

class TrialController {
  public:
    // Rows of a set that the agent gets at most: one user needs few.
    static constexpr std::size_t kMostRows = 1000;

    // `carried`: by Plan::scenarios. Everything given outlives the controller.
    TrialController(RunSetup setup, std::vector<bool> carried, AgentPort& agent, const Clock& clock,
                    TrialObserver& observer);

    void begin();
    void tick();
    void on_message(protocol::AgentMessage message);
    void on_connected();
    void on_interrupted();
    // Its session is gone for good.
    void on_gone(const Error& why);
    void on_room() { files_to_send_.go_on(); }
    // The controller's own link will not come back.
    void on_relay_refused(const std::string& why);

    // Ctrl-C: the first cuts what is under way and waits for the agent's word, the second does not wait.
    void interrupt();

    bool over() const { return end_.has_value(); }
    // Over, and the agent has been told.
    bool released() const;
    // After it is over.
    const TrialEnd& end() const { return *end_; }

  private:
    enum class State : std::uint8_t { Preparing, Running, Over };

    void take(const protocol::AgentHello& hello);
    void take(const protocol::Prepared& prepared);
    void take(const protocol::FileNeeded& needed);
    void take(protocol::ExchangeReport& report);
    void take(const protocol::RunFinished& finished);
    template <class Other>
    void take(const Other&) {}  // a trial has no use for intervals and examples
    void check_totals(const protocol::RunTotals& totals);
    void finish(ExitCode code);
    void fail(ExitCode code, std::string problem);

    RunSetup setup_;
    const std::vector<bool> carried_;
    AgentPort& agent_;
    const Clock& clock_;
    TrialObserver& observer_;
    FileSender files_to_send_;
    std::optional<DataFiles> files_;
    State state_ = State::Preparing;
    SteadyTime progressed_{};
    std::optional<SteadyTime> interrupted_since_;  // the agent's session
    bool stopping_ = false, gone_ = false;
    std::uint64_t samples_ = 0, failures_ = 0;  // exchanges that count for their steps
    ExitCode code_ = ExitCode::Ok;
    std::vector<std::string> problems_;
    std::optional<TrialEnd> end_;
};

}  // namespace culvert::run
