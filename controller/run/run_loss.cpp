// RunController when agents fall silent, and when they come back.
#include <algorithm>

#include <fmt/format.h>

#include "controller/run/run_controller.h"

namespace culvert::run {
namespace {

using results::AgentState;
using results::RunState;

}  // namespace

Duration RunController::round_trip(std::size_t agent) const {
    const auto& clock = agents_[agent].port->entry().clock;
    return clock ? clock->rtt : Duration{};
}

bool RunController::all_lost() const {
    return std::all_of(merger_.head().agents.begin(), merger_.head().agents.end(),
                       [](const results::AgentResult& agent) { return agent.state == AgentState::Lost; });
}

void RunController::check_silence() {
    const SteadyTime now = clock_.steady_now();
    if (own_link_down_since_) {
        if (now - *own_link_down_since_ <= setup_.own_link_timeout) return;
        relay_lost_ = true;
        end(RunState::Failed, "the relay was not reached for " +
                                  to_string(std::chrono::round<std::chrono::seconds>(setup_.own_link_timeout)));
        return;
    }
    for (std::size_t i = 0; i < agents_.size() && !over(); ++i) {
        const AgentState state = agent_state(i);
        if (state == AgentState::Finished || state == AgentState::Lost) continue;
        // Before the start a connected agent has nothing to say.
        const bool expected = merger_.head().state != RunState::Ready || agents_[i].interrupted;
        const SteadyTime since = std::max(agents_[i].heard, start_at_ ? std::min(*start_at_, now) : agents_[i].heard);
        if (!expected || now - since <= lost_after(i)) continue;
        lose(i, fmt::format("silent for {}",
                            to_string(std::chrono::duration_cast<std::chrono::milliseconds>(now - since) / 100 * 100)));
    }
    if (over() || !all_lost()) {
        all_lost_since_.reset();
        return;
    }
    if (!all_lost_since_) all_lost_since_ = now;
    if (now - *all_lost_since_ < setup_.all_lost_timeout) return;
    lost_against_policy_ = true;
    end(RunState::Failed, "every agent was lost and none came back");
}

void RunController::lose(std::size_t agent, const std::string& why) {
    results::AgentResult& result = agent_result(agent);
    result.state = AgentState::Lost;
    result.state_reason = why;
    result.lost_at_millis = std::chrono::floor<std::chrono::milliseconds>(since_start()).count();
    event("agent_lost", result.name, fmt::format("lost: {}", why));
    if (merger_.head().state != RunState::Finishing) go_on_without(agent);  // else nothing is left to divide
    keep(AgentLost{agent, *result.lost_at_millis, why, merger_.head().redistributed});
}

void RunController::go_on_without(std::size_t agent) {
    switch (setup_.policy.on_lost_agent) {
        case config::OnLostAgent::Redistribute:
            redistribute(agent);
            break;
        case config::OnLostAgent::Continue:
            break;
        case config::OnLostAgent::Abort:
            lost_against_policy_ = true;
            aborted_ = true;
            end_reason_ = agent_result(agent).name + " was lost, and on_lost_agent is abort";
            stopping_ = StopMode::AtOnce;
            stop_all(true, end_reason_);
            if (merger_.head().state == RunState::Ready) go(RunState::Running);
            begin_finishing();
    }
}

// Lost, or gone before the end.
std::vector<bool> RunController::who_is_away() const {
    std::vector<bool> away;
    for (const results::AgentResult& agent : merger_.head().agents)
        away.push_back(agent.state == AgentState::Lost ||
                       (agent.state == AgentState::Finished && agent.lost_at_millis));
    return away;
}

void RunController::redistribute(std::size_t lost) {
    const std::vector<bool> away = who_is_away();
    Duration slowest{};
    std::string names;
    for (std::size_t i = 0; i < agents_.size(); ++i) {
        if (away[i]) continue;
        if (agents_[i].port->entry().clock) slowest = std::max(slowest, agents_[i].port->entry().clock->rtt);
        names += (names.empty() ? "" : ", ") + agent_result(i).name;
    }
    if (names.empty()) return;
    const SteadyTime at = std::max(clock_.steady_now() + slowest + kTimeToAmend, *start_at_);
    const std::vector<workload::Share> shares = roster::shares_without(*setup_.plan, carriers_, away);
    for (std::size_t i = 0; i < agents_.size(); ++i) {
        const auto& clock = agents_[i].port->entry().clock;
        // The lost one is told as well: should it come back, its load has gone to others.
        if (clock && agent_state(i) != AgentState::Finished && !agents_[i].gone) {
            agents_[i].port->send(protocol::Amend{setup_.id, shares[i], roster::to_agent(at, *clock)});
        }
    }
    merger_.head().redistributed = true;
    event("share_moved", agent_result(lost).name, fmt::format("its share goes to {}", names));
}

void RunController::welcome_back(std::size_t agent) {
    results::AgentResult& result = agent_result(agent);
    result.state = AgentState::Running;
    result.state_reason.clear();
    keep(AgentReturned{agent});
    event("agent_back", result.name, "is back; what it measured meanwhile is merged");
}

}  // namespace culvert::run
