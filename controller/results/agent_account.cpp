#include "controller/results/agent_account.h"

#include <algorithm>

#include "controller/results/trust.h"

namespace culvert::results {
namespace {

// An agent that did not say how many it sent was in the middle of one.
constexpr std::uint64_t kUnknownOfLost = 1;

}  // namespace

AgentAccount::AgentAccount(const workload::Plan& plan, Detail detail)
    : plan_(plan), detail_(detail), totals_(plan.scenarios.size()), merged_(plan) {
    for (std::size_t i = 0; i < totals_.size(); ++i) totals_[i].steps.resize(plan.scenarios[i].request_names.size());
}

bool AgentAccount::add(const metrics::Interval& interval, const std::vector<metrics::Histogram>& latency) {
    if (numbers_.add(interval.number) != NumberSet::Added::New) return false;
    folded_ += interval.folded;
    last_second_ = std::max(last_second_.value_or(0), interval.second);
    if (interval.number > last_number_) {
        last_number_ = interval.number;
        cpu_last_ = interval.cpu_percent;
    }
    if (interval.warmup) return true;
    ++measured_seconds_;
    if (interval.cpu_percent > kTrustLimits.cpu_percent) ++busy_seconds_;
    cpu_max_ = std::max(cpu_max_, interval.cpu_percent);
    merged_.add(interval);
    lateness_.merge(interval.lateness);
    for (std::size_t i = 0; i < interval.scenarios.size(); ++i) {
        const metrics::ScenarioStats& from = interval.scenarios[i];
        if (detail_ == Detail::BySteps) {
            totals_[i].merge(from);
            totals_[i].users = totals_[i].in_flight = 0;
            continue;
        }
        totals_[i].merge_counters(from);
        if (!totals_[i].steps.empty()) totals_[i].steps.front().latency.merge(latency[i]);
    }
    return true;
}

void AgentAccount::claim(const FinalAccount& account) {
    if (claimed_) return;
    claimed_.emplace(plan_).add(account.totals);
    claimed_intervals_ = account.intervals_sent;
}

void AgentAccount::leave(std::uint64_t intervals_sent) {
    if (!claimed_) left_after_ = std::min(intervals_sent, NumberSet::kLargest);
}

void AgentAccount::fill(AgentResult& result, Show show, bool over) const {
    if (show == Show::Everything) {
        result.totals = totals_;
    } else {
        result.totals.assign(totals_.size(), {});
        for (std::size_t i = 0; i < totals_.size(); ++i) {
            metrics::StepStats& counters = result.totals[i].steps.emplace_back();
            for (const metrics::StepStats& step : totals_[i].steps) {
                counters.requests += step.requests;
                counters.failures += step.failures;
                counters.interrupted += step.interrupted;
                for (std::size_t kind = 0; kind < step.errors.size(); ++kind)
                    counters.errors[kind] += step.errors[kind];
            }
        }
    }
    result.lateness = lateness_;
    result.cpu_percent_max = cpu_max_;
    result.cpu_percent_last = cpu_last_;
    result.measured_seconds = measured_seconds_;
    result.busy_seconds = busy_seconds_;
    result.intervals_merged = numbers_.count();
    result.intervals_duplicated = duplicated_;
    result.intervals_folded = folded_;
    result.finished = claimed_.has_value();
    result.totals_equal = claimed_ && *claimed_ == merged_;
    result.left = left_after_ && !claimed_;
    result.intervals_sent = claimed_ ? claimed_intervals_ : std::max(left_after_.value_or(0), numbers_.highest());
    if (!claimed_ && !left_after_ && over && numbers_.count() > 0) result.intervals_sent += kUnknownOfLost;
}

}  // namespace culvert::results
