// RunController from the start to the verdict.
#include <algorithm>

#include <fmt/format.h>

#include "common/base/log.h"
#include "controller/run/run_controller.h"

namespace culvert::run {
namespace {

using results::AgentState;
using results::RunState;

// An agent ends by itself when finish_within is over; what it still has to send afterwards takes a moment. Later it
// counts as silent, not as busy.
constexpr Duration kGraceAtEnd = std::chrono::seconds(15);
// Seconds that an interval may take on its way before thresholds are judged without it; the end judges everything
// again.
constexpr std::uint32_t kSecondsWaitedFor = 5;

Duration longest_finish(const workload::Plan& plan) {
    Duration longest{};
    for (const workload::Scenario& scenario : plan.scenarios) longest = std::max(longest, scenario.finish_within);
    return longest;
}

}  // namespace

void RunController::take(std::size_t agent, const protocol::Started& started) {
    results::AgentResult& result = agent_result(agent);
    // The agent kept to the start by the offset that was known then; by what is known now it was elsewhere.
    const auto& clock = agents_[agent].port->entry().clock;
    constexpr double kNanosPerMilli = 1e6;
    const double drift =
        clock ? result.clock_offset_ms - static_cast<double>(clock->offset.count()) / kNanosPerMilli : 0;
    result.start_skew_ms = static_cast<double>(started.skew.count()) / 1000 + drift;
    if (result.state == AgentState::Ready) result.state = AgentState::Running;
}

void RunController::take(std::size_t agent, const protocol::IntervalReport& report) {
    results::AgentResult& result = agent_result(agent);
    count(agent, report);
    if (result.state == AgentState::Ready) result.state = AgentState::Running;
}

void RunController::count(std::size_t agent, const protocol::IntervalReport& report) {
    agents_[agent].intervals = std::max(agents_[agent].intervals, report.interval.number);
    const std::string& name = agent_result(agent).name;
    const auto merged = merger_.merge(name, report.interval);
    if (!merged)
        log::warning("an interval was refused: " + merged.error().message, {{"run", setup_.id}, {"agent", name}});
}

void RunController::take(std::size_t agent, protocol::ErrorExampleReport& report) {
    merger_.add_example(agent_result(agent).name, std::move(report.example));
}

void RunController::take(std::size_t agent, const protocol::RunAborted& aborted) {
    event("aborted", agent_result(agent).name, aborted.reason);
    if (merger_.head().state != RunState::Running || stopping_) return;
    aborted_ = true;
    end_reason_ = agent_result(agent).name + ": " + aborted.reason;
    stopping_ = StopMode::AtOnce;
    stop_all(true, end_reason_);
    begin_finishing();
}

void RunController::take(std::size_t agent, protocol::RunFinished& finished) {
    results::AgentResult& result = agent_result(agent);
    if (result.state == AgentState::Finished) return;
    const bool was_lost = result.state == AgentState::Lost;
    const Status taken = merger_.finish_agent(
        result.name, {finished.intervals_sent, finished.intervals_folded, std::move(finished.totals)});
    if (!taken) log::warning(taken.error().message, {{"run", setup_.id}, {"agent", result.name}});
    result.state = AgentState::Finished;
    result.state_reason = finished.reason;
    if (was_lost) event("agent_back", result.name, "is back with its results");
    if (finished.outcome == protocol::Outcome::CutOff)
        event("agent_cut_off", result.name, "stopped by itself after it was cut off: " + finished.reason);
    const bool stopped_by_owner = finished.outcome == protocol::Outcome::Stopped && !stopping_;
    if (finished.outcome == protocol::Outcome::Failed) event("agent_failed", result.name, finished.reason);
    if (stopped_by_owner) event("agent_left", result.name, "left the run: " + finished.reason);
    if ((finished.outcome == protocol::Outcome::Failed || stopped_by_owner) && !was_lost &&
        merger_.head().state == RunState::Running) {
        result.lost_at_millis = std::chrono::floor<std::chrono::milliseconds>(since_start()).count();
        go_on_without(agent);
    }
    if (!over()) finish_if_done();
}

void RunController::take(std::size_t agent, const protocol::RunLeft& left) {
    results::AgentResult& result = agent_result(agent);
    if (result.state == AgentState::Finished || agents_[agent].left) return;
    agents_[agent].left = agents_[agent].forgot = true;
    const Status taken = merger_.leave_agent(result.name, left.intervals_sent);
    if (!taken) log::warning(taken.error().message, {{"run", setup_.id}, {"agent", result.name}});
    if (result.state != AgentState::Lost) lose(agent, left.reason);
    result.state_reason = left.reason;
    event("agent_left", result.name, left.reason + "; what it had reported until then is merged");
    if (!over()) finish_if_done();
}

void RunController::check_progress() {
    judge();
    if (over()) return;
    if (merger_.head().state == RunState::Running && since_start() >= merger_.planned_length()) begin_finishing();
    finish_if_done();
}

void RunController::judge() {
    const auto complete = merger_.complete_second();
    std::uint32_t end = complete ? *complete + 1 : 0;
    const auto elapsed = static_cast<std::uint32_t>(
        std::max<std::int64_t>(0, std::chrono::floor<std::chrono::seconds>(since_start()).count()));
    const bool catching_up = own_link_down_since_ || (judged_from_ && clock_.steady_now() < *judged_from_);
    if (elapsed > kSecondsWaitedFor && !catching_up) end = std::max(end, elapsed - kSecondsWaitedFor);
    const auto last = merger_.last_second();
    merger_.close_until(last ? std::min(end, *last + 1) : 0);
    if (stopping_ || merger_.head().state != RunState::Running) return;
    const auto reason = merger_.abort_reason();
    if (!reason) return;
    aborted_ = true;
    end_reason_ = *reason;
    stopping_ = StopMode::AtOnce;
    event("threshold_crossed", "", *reason + ": the plan says abort");
    stop_all(true, *reason);
    begin_finishing();
}

void RunController::stop_all(bool at_once, const std::string& reason) {
    for (std::size_t i = 0; i < agents_.size(); ++i) {
        if (agent_state(i) != AgentState::Finished) agents_[i].port->send(protocol::Stop{setup_.id, at_once, reason});
    }
    if (!start_at_) return;
    const Duration until = std::max(Duration{}, since_start());
    merger_.cut_plan_at(until);
    keep(StopAsked{at_once ? StopMode::AtOnce : StopMode::Gracefully, until, reason, interrupted_by_user_, aborted_,
                   lost_against_policy_});
}

void RunController::begin_finishing() {
    if (merger_.head().state != RunState::Running) return;
    finishing_since_ = clock_.steady_now();
    go(RunState::Finishing);
}

// What is not lost; and what is, while it may still deliver.
bool RunController::is_waited_for(std::size_t agent) const {
    const Member& member = agents_[agent];
    if (agent_state(agent) != AgentState::Lost) return true;
    if (member.left) return false;
    const SteadyTime now = clock_.steady_now();
    // It was restarted, most likely: another session will be opened at once.
    if (member.gone) return now - member.gone_at <= lost_after(agent);
    const bool silent = !member.interrupted && now - member.heard > lost_after(agent);
    return member.port->connected() && !silent;
}

void RunController::finish_if_done() {
    if (merger_.head().state != RunState::Finishing && merger_.head().state != RunState::Running) return;
    bool all_finished = true, anybody_to_wait_for = false;
    Duration slowest{};  // it may have started, and may be heard, so much later than it seems
    for (std::size_t i = 0; i < agents_.size(); ++i) {
        slowest = std::max(slowest, round_trip(i));
        if (agent_state(i) == AgentState::Finished) continue;
        all_finished = false;
        anybody_to_wait_for = anybody_to_wait_for || is_waited_for(i);
    }
    if (merger_.head().state == RunState::Running) {
        if (!all_finished) return;
        begin_finishing();  // iterations were done before the time was up
    }
    const Duration allowed =
        (stopping_ == StopMode::AtOnce ? Duration{} : longest_finish(*setup_.plan)) + kGraceAtEnd + slowest;
    const bool too_late =
        !own_link_down_since_ && clock_.steady_now() - *finishing_since_ > allowed + setup_.policy.agent_lost_after;
    if (too_late && anybody_to_wait_for) {
        for (std::size_t i = 0; i < agents_.size(); ++i) {
            if (agent_state(i) != AgentState::Finished && agent_state(i) != AgentState::Lost)
                lose(i, "it did not finish in time");
        }
        if (over()) return;
        anybody_to_wait_for = false;
    }
    if (anybody_to_wait_for) return;
    const RunState how = aborted_               ? RunState::Aborted
                         : interrupted_by_user_ ? RunState::Stopped
                         : all_lost()           ? RunState::Failed
                                                : RunState::Finished;
    if (how == RunState::Failed && end_reason_.empty()) end_reason_ = "every agent was lost";
    if (all_lost()) lost_against_policy_ = true;
    end(how, end_reason_);
}

void RunController::end(RunState state, const std::string& reason) {
    results::RunResult& head = merger_.head();
    if (results::is_over(head.state)) return;
    if (!results::can_go(head.state, state)) go(RunState::Finishing);
    merger_.finish();
    head.state_reason = reason;
    head.ended_at = clock_.wall_now();
    go(state);
    // What led to the end is an event of its own already, mostly.
    const bool told = std::any_of(head.events.begin(), head.events.end(), [&reason](const results::Event& earlier) {
        return earlier.text == reason || earlier.agent + ": " + earlier.text == reason;
    });
    event(results::to_string(state), "",
          !reason.empty() && !told ? reason
          : start_at_              ? "the run is over"
                                   : "the run did not start");
    for (Member& member : agents_) {
        if (!member.gone) member.port->send(protocol::Release{setup_.id});
    }
    publish();
    end_ = RunEnd{merger_.snapshot(), exit_code(), problems_};
    observer_.on_over(*end_);
}

ExitCode RunController::exit_code() const {
    const results::RunResult result = merger_.overview();
    ExitCode code = failed_code_;
    if (interrupted_by_user_) code = worse_of(code, ExitCode::Interrupted);
    if (relay_lost_) code = worse_of(code, ExitCode::RelayNotReached);
    if (lost_against_policy_) code = worse_of(code, ExitCode::AgentsMissing);
    if (aborted_ || (start_at_ && result.verdict == results::Verdict::Fail))
        code = worse_of(code, ExitCode::ThresholdsFailed);
    const bool doubtful = std::any_of(result.trust.begin(), result.trust.end(),
                                      [](const results::TrustReason& reason) { return reason.touches_threshold; });
    if (start_at_ && doubtful) code = worse_of(code, ExitCode::NotTrustworthy);
    if (code == ExitCode::Ok && result.state == RunState::Failed) code = ExitCode::Internal;
    return code;
}

}  // namespace culvert::run
