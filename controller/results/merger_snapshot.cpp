// What a Merger knows, as a RunResult.
#include <chrono>

#include "controller/results/merger.h"
#include "controller/results/trust.h"

namespace culvert::results {
namespace {

// How a link's death shows: so many numbers are missing at least, because an agent that did not say how many it sent
// was in the middle of one.
constexpr std::uint64_t kUnknownOfLost = 1;

// Without histograms, which are what costs.
std::vector<metrics::ScenarioStats> counters_of(const std::vector<metrics::ScenarioStats>& scenarios) {
    std::vector<metrics::ScenarioStats> counters(scenarios.size());
    for (std::size_t i = 0; i < scenarios.size(); ++i) {
        counters[i].planned = scenarios[i].planned;
        counters[i].offered = scenarios[i].offered;
        counters[i].delivered = scenarios[i].delivered;
        counters[i].interrupted = scenarios[i].interrupted;
        counters[i].missed = scenarios[i].missed;
        for (const metrics::StepStats& step : scenarios[i].steps) {
            metrics::StepStats& counter = counters[i].steps.emplace_back();
            counter.requests = step.requests;
            counter.failures = step.failures;
            counter.interrupted = step.interrupted;
            counter.errors = step.errors;
        }
    }
    return counters;
}

}  // namespace

void Merger::fill_agents(RunResult& result, Detail detail) const {
    for (std::size_t i = 0; i < accounts_.size(); ++i) {
        const Account& account = accounts_[i];
        AgentResult& agent = result.agents[i];
        agent.totals = detail == Detail::Everything ? account.totals.scenarios : counters_of(account.totals.scenarios);
        agent.totals.resize(head_.plan->scenarios.size());
        agent.lateness = account.totals.lateness;
        agent.cpu_percent_max = account.cpu_max;
        agent.cpu_percent_last = account.cpu_last;
        agent.measured_seconds = account.measured_seconds;
        agent.busy_seconds = account.busy_seconds;
        agent.intervals_merged = account.numbers.count();
        agent.intervals_duplicated = account.duplicated;
        agent.intervals_folded = account.folded;
        agent.finished = account.finished;
        agent.totals_equal = account.equal;
        agent.intervals_sent = account.finished ? account.claimed_intervals : account.numbers.highest();
        const bool cut_in_the_middle = !account.finished && (agent.state == AgentState::Lost || is_over(head_.state)) &&
                                       account.numbers.count() > 0;
        if (cut_in_the_middle) agent.intervals_sent += kUnknownOfLost;
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
        if (took_part && (!agent.finished || !agent.totals_equal || agent.intervals_sent != agent.intervals_merged))
            ledger.balanced = false;
    }
}

void Merger::fill_totals(RunResult& result) const {
    result.totals = total_.scenarios;
    result.totals.resize(head_.plan->scenarios.size());
    for (std::size_t i = 0; i < result.totals.size(); ++i)
        result.totals[i].steps.resize(head_.plan->scenarios[i].request_names.size());
    const auto warmup_end =
        static_cast<std::uint32_t>(std::chrono::ceil<std::chrono::seconds>(head_.plan->warmup).count());
    const auto plan_end =
        static_cast<std::uint32_t>(std::chrono::ceil<std::chrono::seconds>(planned_.length()).count());
    const std::uint32_t known_end = timeline_.empty() ? 0 : timeline_.last_second() + 1;
    const std::uint32_t end = finished_ ? std::max(plan_end, known_end) : known_end;
    for (std::size_t i = 0; i < result.totals.size(); ++i) {
        if (const auto whole = planned_of(i, warmup_end, end)) {
            result.totals[i].planned = *whole;
            continue;
        }
        result.totals[i].planned = 0;
        for (const auto& [key, row] : timeline_.rows()) {
            if (row.warmup) continue;
            const std::uint32_t first = std::max(key * timeline_.step(), warmup_end);
            const auto planned = planned_of(i, first, (key + 1) * timeline_.step());
            result.totals[i].planned += planned.value_or(row.scenarios[i].planned);
        }
    }
}

void Merger::fill_timeline(RunResult& result) const {
    result.timeline_step = timeline_.step();
    for (const auto& [key, row] : timeline_.rows()) {
        SecondResult& second =
            result.timeline.emplace_back(row.result(key * timeline_.step(), timeline_.step(), head_.agents));
        for (std::size_t i = 0; i < second.scenarios.size(); ++i) {
            if (const auto planned = planned_of(i, second.second, second.second + second.seconds))
                second.scenarios[i].planned = *planned;
        }
    }
}

RunResult Merger::result_with(Detail detail) const {
    RunResult result = head_;
    fill_agents(result, detail);
    fill_totals(result);
    fill_ledger(result);
    result.thresholds = judge_.results();
    if (is_over(result.state)) result.verdict = verdict_of(result.thresholds);
    result.trust = assess_trust(result);
    return result;
}

RunResult Merger::overview() const {
    return result_with(Detail::Counters);
}

RunResult Merger::snapshot() const {
    RunResult result = result_with(Detail::Everything);
    fill_timeline(result);
    return result;
}

}  // namespace culvert::results
