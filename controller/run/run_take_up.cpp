// RunController of a run whose former process died: the journal is replayed, then the agents are asked for the rest.
#include <algorithm>
#include <utility>

#include "controller/run/run_controller.h"

namespace culvert::run {
namespace {

using results::AgentState;
using results::RunState;

constexpr double kNanosPerMilli = 1e6;

}  // namespace

Status RunController::take_up() {
    const Status replayed =
        journal_->replay([this](JournalEntry entry) { std::visit([this](auto& one) { replay(one); }, entry); });
    if (!replayed) return replayed;
    if (!start_at_) return fail(Code::InvalidInput, "its process died before the load began: nothing was started");
    const SteadyTime now = clock_.steady_now();
    for (std::size_t i = 0; i < agents_.size(); ++i) {
        Member& member = agents_[i];
        member.prepared = member.told_to_start = true;
        member.heard = now;
        member.amendment_owed = merger_.head().redistributed;
        const AgentState state = agent_state(i);
        if (state == AgentState::Finished || state == AgentState::Lost) continue;
        member.interrupted = now;
        agent_result(i).state = AgentState::Interrupted;
        agent_result(i).state_reason = "the run was taken up by another process";
    }
    // Until the relay is reached nobody's silence counts, and thresholds wait for what the agents kept meanwhile.
    own_link_down_since_ = judged_from_ = now;
    event("taken_up", "", "the process that carried the run has died; another one takes it up");
    if (stopping_) begin_finishing();
    publish();
    return {};
}

void RunController::replay(StartAgreed& start) {
    if (start_at_) return;
    results::RunResult& head = merger_.head();
    // The steady clock of a process says nothing to another one: the wall clock has to do.
    start_at_ = clock_.steady_now() - (clock_.wall_now() - start.at);
    head.started_at = start.at;
    head.start_delay = start.delay;
    for (results::Event& earlier : head.events) earlier.at_millis -= start.shift_millis;
    for (std::size_t i = 0; i < std::min(start.clocks.size(), agents_.size()); ++i) {
        agent_result(i).state = AgentState::Ready;
        agent_result(i).clock_offset_ms = static_cast<double>(start.clocks[i].offset.count()) / kNanosPerMilli;
        agent_result(i).clock_error_ms = static_cast<double>(start.clocks[i].error.count()) / kNanosPerMilli;
        agent_result(i).rtt_ms = static_cast<double>(start.clocks[i].rtt.count()) / kNanosPerMilli;
    }
    go(RunState::Ready);
    go(RunState::Running);
}

void RunController::replay(AgentSaid& said) {
    results::AgentResult& result = agent_result(said.agent);
    if (const auto* report = std::get_if<protocol::IntervalReport>(&said.message)) {
        count(said.agent, *report);
    } else if (auto* example = std::get_if<protocol::ErrorExampleReport>(&said.message)) {
        take(said.agent, *example);
    } else if (const auto* started = std::get_if<protocol::Started>(&said.message)) {
        take(said.agent, *started);
    } else if (auto* finished = std::get_if<protocol::RunFinished>(&said.message)) {
        static_cast<void>(merger_.finish_agent(
            result.name, {finished->intervals_sent, finished->intervals_folded, std::move(finished->totals)}));
        result.state = AgentState::Finished;
        result.state_reason = finished->reason;
    } else if (const auto* left = std::get_if<protocol::RunLeft>(&said.message)) {
        static_cast<void>(merger_.leave_agent(result.name, left->intervals_sent));
        agents_[said.agent].left = agents_[said.agent].forgot = true;
    }
}

void RunController::replay(AgentLost& lost) {
    results::AgentResult& result = agent_result(lost.agent);
    if (result.state == AgentState::Finished) return;
    result.state = AgentState::Lost;
    result.state_reason = std::move(lost.reason);
    result.lost_at_millis = lost.at_millis;
    merger_.head().redistributed = merger_.head().redistributed || lost.share_moved;
}

void RunController::replay(AgentReturned& back) {
    if (agent_state(back.agent) == AgentState::Lost) agent_result(back.agent).state = AgentState::Running;
}

void RunController::replay(StopAsked& stop) {
    stopping_ = stop.mode;
    end_reason_ = std::move(stop.reason);
    interrupted_by_user_ = stop.by_user;
    aborted_ = stop.aborted;
    lost_against_policy_ = stop.against_policy;
    merger_.cut_plan_at(stop.since_start);
}

void RunController::replay(results::Event& event) {
    merger_.add_event(std::move(event));
}

void RunController::resume(std::size_t agent) {
    AgentPort& port = *agents_[agent].port;
    port.send(protocol::Resume{setup_.id, agents_[agent].intervals});
    if (stopping_) port.send(protocol::Stop{setup_.id, *stopping_ == StopMode::AtOnce, end_reason_});
}

// The one that was sent before the process died may not have arrived; the same share twice is the same.
void RunController::send_owed_amendments() {
    if (merger_.head().state != RunState::Running) return;
    std::vector<workload::Share> shares;
    for (std::size_t i = 0; i < agents_.size(); ++i) {
        Member& member = agents_[i];
        if (!member.amendment_owed || !member.port->connected() || !member.port->entry().clock) continue;
        member.amendment_owed = false;
        if (all_lost()) continue;
        if (shares.empty()) shares = roster::shares_without(*setup_.plan, carriers_, who_is_away());
        const roster::ClockOffset& clock = *member.port->entry().clock;
        const SteadyTime at = clock_.steady_now() + clock.rtt + kTimeToAmend;
        member.port->send(protocol::Amend{setup_.id, shares[i], roster::to_agent(at, clock)});
    }
}

}  // namespace culvert::run
