// What a Merger knows, as a RunResult.
#include <algorithm>
#include <chrono>

#include "controller/results/merger.h"
#include "controller/results/trust.h"

namespace culvert::results {

void Merger::fill_agents(RunResult& result, AgentAccount::Show show) const {
    for (std::size_t i = 0; i < accounts_.size(); ++i) {
        accounts_[i].fill(result.agents[i], show, result.agents[i].state == AgentState::Lost || is_over(head_.state));
    }
}

void Merger::fill_ledger(RunResult& result) const {
    Ledger& ledger = result.ledger;
    ledger.balanced = true;
    for (const AgentResult& agent : result.agents) {
        ledger.sent += agent.intervals_sent;
        ledger.reported += agent.intervals_merged;
        ledger.duplicated += agent.intervals_duplicated;
        ledger.folded += agent.intervals_folded;
        const bool settled = agent.finished || agent.state == AgentState::Lost || is_over(head_.state);
        if (settled && agent.intervals_sent > agent.intervals_merged)
            ledger.lost += agent.intervals_sent - agent.intervals_merged;
        const bool took_part = agent.intervals_sent > 0 || agent.finished || agent.state == AgentState::Lost;
        // One that was restarted has no totals to compare; its intervals are numbered all the same.
        const bool accounted = (agent.finished && agent.totals_equal) || agent.left;
        if (took_part && (!accounted || agent.intervals_sent != agent.intervals_merged)) ledger.balanced = false;
    }
}

void Merger::fill_totals(RunResult& result, const Timeline* timeline) const {
    result.totals = seconds_.total();
    result.totals.resize(head_.plan->scenarios.size());
    for (std::size_t i = 0; i < result.totals.size(); ++i) {
        result.totals[i].steps.resize(head_.plan->scenarios[i].request_names.size());
    }
    const auto seconds_up = [](Duration time) {
        return static_cast<std::uint32_t>(std::chrono::ceil<std::chrono::seconds>(time).count());
    };
    const std::uint32_t warmup_end = seconds_up(head_.plan->warmup);
    const std::uint32_t known_end = last_second() ? *last_second() + 1 : 0;
    const std::uint32_t end = finished_ ? std::max(seconds_up(planned_.length()), known_end) : known_end;
    for (std::size_t i = 0; i < result.totals.size(); ++i) {
        if (const auto whole = planned_in_all(i, end)) {
            result.totals[i].planned = *whole;
            continue;
        }
        // Where closed phases are among them, what agents began is the plan of those; without the timeline, of all.
        if (timeline == nullptr) continue;
        result.totals[i].planned = 0;
        for (const auto& [key, row] : timeline->rows()) {
            if (row.warmup) continue;
            const std::uint32_t first = std::max(key * timeline->step(), warmup_end);
            const std::uint64_t reported = row.scenarios[i].planned;
            result.totals[i].planned += planned_of(i, first, (key + 1) * timeline->step(), reported).value_or(reported);
        }
    }
}

void Merger::fill_timeline(RunResult& result, const Timeline& timeline) const {
    result.timeline_step = timeline.step();
    for (const auto& [key, row] : timeline.rows()) {
        SecondResult& second =
            result.timeline.emplace_back(row.result(key * timeline.step(), timeline.step(), head_.agents));
        for (std::size_t i = 0; i < second.scenarios.size(); ++i) {
            std::uint64_t& planned = second.scenarios[i].planned;
            planned = planned_of(i, second.second, second.second + second.seconds, planned).value_or(planned);
        }
    }
}

RunResult Merger::result_with(AgentAccount::Show show, const Timeline* timeline) const {
    RunResult result = head_;
    fill_agents(result, show);
    fill_totals(result, timeline);
    fill_ledger(result);
    result.thresholds = judge_.results();
    if (is_over(result.state)) result.verdict = verdict_of(result.thresholds);
    result.trust = assess_trust(result);
    return result;
}

RunResult Merger::overview() const {
    settle();
    return result_with(AgentAccount::Show::Counters, nullptr);
}

RunResult Merger::snapshot() const {
    settle();
    const Timeline timeline = seconds_.timeline();
    RunResult result = result_with(AgentAccount::Show::Everything, &timeline);
    fill_timeline(result, timeline);
    return result;
}

}  // namespace culvert::results
