#include "controller/results/threshold_judge.h"

#include <algorithm>
#include <map>

namespace culvert::results {
namespace {

using By = workload::Threshold::By;

std::uint32_t whole_seconds_up(Duration duration) {
    return static_cast<std::uint32_t>(std::chrono::ceil<std::chrono::seconds>(duration).count());
}

// Agents that carry anything of what the threshold looks at: the others could only ever be "no data".
bool takes_part(const workload::Plan& plan, const workload::Threshold& threshold, const JudgedAgent& agent) {
    workload::Labels labels = agent.labels;
    labels.emplace("name", agent.name);
    return std::any_of(plan.scenarios.begin(), plan.scenarios.end(),
                       [&threshold, &labels](const workload::Scenario& scenario) {
                           return (threshold.scenario.empty() || threshold.scenario == scenario.name) &&
                                  scenario.agents.matches(labels);
                       });
}

std::string group_of(const workload::Threshold& threshold, const JudgedAgent& agent) {
    if (threshold.by == By::Agent) return "agent=" + agent.name;
    const auto label = agent.labels.find(threshold.label);
    return threshold.label + "=" + (label == agent.labels.end() ? "(none)" : label->second);
}

}  // namespace

ThresholdJudge::ThresholdJudge(std::shared_ptr<const workload::Plan> plan, const std::vector<JudgedAgent>& agents,
                               Duration load_length)
    : plan_(std::move(plan)), first_second_(whole_seconds_up(plan_->warmup)), load_end_(whole_seconds_up(load_length)) {
    for (const workload::Threshold& threshold : plan_->thresholds) {
        if (threshold.by == By::None) {
            add(threshold, "", {});
            continue;
        }
        std::map<std::string, std::vector<bool>> groups;
        for (std::size_t i = 0; i < agents.size(); ++i) {
            if (!takes_part(*plan_, threshold, agents[i])) continue;
            std::vector<bool>& members = groups[group_of(threshold, agents[i])];
            members.resize(agents.size());
            members[i] = true;
        }
        for (auto& [group, members] : groups) add(threshold, " [" + group + "]", std::move(members));
        if (groups.empty()) add(threshold, "", std::vector<bool>(std::max<std::size_t>(agents.size(), 1), false));
    }
}

void ThresholdJudge::add(const workload::Threshold& threshold, const std::string& suffix, std::vector<bool> members) {
    watched_.push_back({ThresholdSeries(threshold, suffix, first_second_, load_end_), std::move(members)});
}

void ThresholdJudge::observe(std::size_t agent, const metrics::Interval& interval) {
    if (interval.warmup) return;
    for (Watched& watched : watched_) {
        if (watched.members.empty() || !watched.members.at(agent)) continue;
        watched.series.add(interval.second, slice_of(watched.series.threshold(), *plan_, interval.scenarios));
    }
}

void ThresholdJudge::observe_all(std::uint32_t second, const std::vector<metrics::ScenarioStats>& scenarios) {
    for (Watched& watched : watched_) {
        if (!watched.members.empty()) continue;
        watched.series.add(second, slice_of(watched.series.threshold(), *plan_, scenarios));
    }
}

void ThresholdJudge::close_until(std::uint32_t end) {
    for (Watched& watched : watched_) watched.series.close_until(end);
}

void ThresholdJudge::load_ends_at(std::uint32_t second) {
    for (Watched& watched : watched_) watched.series.load_ends_at(second);
}

void ThresholdJudge::finish(std::uint32_t end) {
    for (Watched& watched : watched_) watched.series.finish(end);
}

std::vector<ThresholdResult> ThresholdJudge::results() const {
    std::vector<ThresholdResult> results;
    for (const Watched& watched : watched_) results.push_back(watched.series.result());
    return results;
}

std::optional<std::string> ThresholdJudge::abort_reason() const {
    for (const Watched& watched : watched_) {
        if (!watched.series.wants_abort()) continue;
        const ThresholdResult result = watched.series.result();
        return result.check + ": " + result.actual_text;
    }
    return std::nullopt;
}

Verdict verdict_of(const std::vector<ThresholdResult>& thresholds) {
    if (thresholds.empty()) return Verdict::None;
    const bool all = std::all_of(thresholds.begin(), thresholds.end(),
                                 [](const ThresholdResult& t) { return t.state == ThresholdState::Pass; });
    return all ? Verdict::Pass : Verdict::Fail;
}

}  // namespace culvert::results
