#include "controller/results/trust.h"

#include <algorithm>
#include <array>
#include <functional>
#include <optional>
#include <string>

#include <fmt/format.h>

namespace culvert::results {
namespace {

using Metric = workload::Threshold::Metric;

std::string percent(double ratio) {
    return fmt::format("{:.3g} %", ratio * 100);
}

// "fra-1", "fra-1 and 2 more"
std::string named(const AgentResult& worst, std::size_t how_many) {
    return how_many <= 1 ? worst.name : fmt::format("{} and {} more", worst.name, how_many - 1);
}

struct Worst {
    const AgentResult* agent = nullptr;
    double value = 0;
    std::size_t count = 0;  // agents beyond the limit
};

Worst worst_agent(const RunResult& result, double limit, const std::function<double(const AgentResult&)>& value_of) {
    Worst worst;
    for (const AgentResult& agent : result.agents) {
        const double value = value_of(agent);
        if (value <= limit) continue;
        ++worst.count;
        if (worst.agent == nullptr || value > worst.value) {
            worst.agent = &agent;
            worst.value = value;
        }
    }
    return worst;
}

std::uint64_t resource_errors(const AgentResult& agent) {
    std::uint64_t count = 0;
    for (const metrics::ScenarioStats& scenario : agent.totals) {
        for (const metrics::StepStats& step : scenario.steps)
            count += step.errors[static_cast<std::size_t>(metrics::ErrorKind::Resources)];
    }
    return count;
}

using Reason = std::optional<TrustReason>;

Reason lateness(const RunResult& result) {
    const double limit = kTrustLimits.lateness_p99_ms;
    const Worst worst = worst_agent(result, limit, [](const AgentResult& agent) {
        return static_cast<double>(agent.lateness.percentile_micros(99)) / 1000;
    });
    if (worst.agent == nullptr) return std::nullopt;
    const std::string value = fmt::format("{:.3g} ms", worst.value);
    return TrustReason{"lateness", fmt::format("p99 ≤ {:.3g} ms", limit), value, "latency",
                       fmt::format("{} started iterations late: p99 {}", named(*worst.agent, worst.count), value)};
}

Reason missed_slots(const RunResult& result) {
    std::uint64_t missed = 0, planned = 0;
    for (const metrics::ScenarioStats& scenario : result.totals) {
        missed += scenario.missed;
        planned += scenario.planned;
    }
    if (missed == 0) return std::nullopt;
    const double ratio = static_cast<double>(missed) / static_cast<double>(std::max(planned, missed));
    if (ratio <= kTrustLimits.missed_ratio) return std::nullopt;
    return TrustReason{
        "missed_slots", "≤ " + percent(kTrustLimits.missed_ratio), percent(ratio), "load, latency",
        fmt::format("{} of {} slots found no user: less load than planned, and the latency of these slots is unknown",
                    missed, std::max(planned, missed))};
}

Reason generator_cpu(const RunResult& result) {
    const auto ratio = [](const AgentResult& agent) {
        if (agent.busy_seconds < kTrustLimits.busy_seconds) return 0.0;
        return static_cast<double>(agent.busy_seconds) /
               static_cast<double>(std::max<std::uint64_t>(agent.measured_seconds, 1));
    };
    const Worst worst = worst_agent(result, kTrustLimits.busy_ratio, ratio);
    if (worst.agent == nullptr) return std::nullopt;
    const std::string value =
        fmt::format("{:.0f} % at most, {} s above the limit", worst.agent->cpu_percent_max, worst.agent->busy_seconds);
    return TrustReason{"generator_cpu", fmt::format("≤ {:.0f} %", kTrustLimits.cpu_percent), value, "latency",
                       fmt::format("the CPU of {} was the bottleneck: {}", named(*worst.agent, worst.count), value)};
}

Reason exhausted(const RunResult& result) {
    const Worst worst =
        worst_agent(result, 0, [](const AgentResult& agent) { return static_cast<double>(resource_errors(agent)); });
    if (worst.agent == nullptr) return std::nullopt;
    const bool files =
        std::any_of(result.examples.begin(), result.examples.end(), [](const RunResult::Example& example) {
            return example.example.kind == metrics::ErrorKind::Resources &&
                   example.example.what.find("file") != std::string::npos;
        });
    const std::string value = fmt::format("{:.0f} requests", worst.value);
    return TrustReason{files ? "files_exhausted" : "ports_exhausted", "0 requests", value, "errors, latency",
                       fmt::format("{} ran out of {}: {} failed for it", named(*worst.agent, worst.count),
                                   files ? "open files" : "local ports", value)};
}

Reason clock_error(const RunResult& result) {
    const double limit = kTrustLimits.clock_error_ms;
    const Worst worst = worst_agent(result, limit, [](const AgentResult& agent) { return agent.clock_error_ms; });
    if (worst.agent == nullptr) return std::nullopt;
    const std::string value = fmt::format("±{:.3g} ms", worst.value);
    return TrustReason{"clock_error", fmt::format("±{:.3g} ms", limit), value, "timeline",
                       fmt::format("the clock of {} is known to {} only: its seconds may not line up with the others'",
                                   named(*worst.agent, worst.count), value)};
}

Reason lost_agent(const RunResult& result) {
    std::vector<std::string> names;
    for (const AgentResult& agent : result.agents) {
        if (agent.state == AgentState::Lost) names.push_back(agent.name);
    }
    if (names.empty()) return std::nullopt;
    const bool all_left = std::all_of(result.agents.begin(), result.agents.end(), [](const AgentResult& agent) {
        return agent.state != AgentState::Lost || agent.left;
    });
    const std::string text =
        all_left ? fmt::format("{}{} restarted in the middle of the run: the last second is unknown", names.front(),
                               names.size() == 1 ? "" : fmt::format(" and {} more", names.size() - 1))
        : names.size() == 1 ? fmt::format("{} lost (VALID again if it returns with its spool)", names.front())
                            : fmt::format("{} and {} more lost (VALID again if they return with their spools)",
                                          names.front(), names.size() - 1);
    return TrustReason{"lost_agent", "0 agents", fmt::format("{} of {}", names.size(), result.agents.size()), "totals",
                       text};
}

Reason folded_intervals(const RunResult& result) {
    if (result.ledger.folded == 0) return std::nullopt;
    return TrustReason{"folded_intervals", "0 s", fmt::format("{} s", result.ledger.folded), "timeline",
                       fmt::format("{} seconds were folded into others because a spool was full; totals are exact",
                                   result.ledger.folded)};
}

Reason ledger(const RunResult& result) {
    if (!is_over(result.state) || result.ledger.balanced || result.ledger.sent == 0) return std::nullopt;
    const Ledger& l = result.ledger;
    const std::string value = fmt::format("{} of {} intervals", l.reported, l.sent);
    const std::string text = l.lost > 0 ? fmt::format("{} intervals never came", l.lost)
                                        : "an agent's own totals differ from what was merged from it";
    return TrustReason{"ledger", "balanced", value, "totals", text};
}

}  // namespace

bool touches(std::string_view id, const workload::Threshold& threshold) {
    const Metric metric = threshold.metric;
    const bool latency =
        metric == Metric::Percentile || metric == Metric::Mean || metric == Metric::Max || metric == Metric::Min;
    const bool errors = metric == Metric::ErrorRate || metric == Metric::Errors;
    if (id == "lateness" || id == "generator_cpu") return latency;
    if (id == "missed_slots") return !errors;
    if (id == "ports_exhausted" || id == "files_exhausted") return latency || errors;
    if (id == "clock_error" || id == "folded_intervals") return threshold.over.has_value();
    return true;  // lost_agent, ledger: totals
}

std::vector<TrustReason> assess_trust(const RunResult& result) {
    constexpr std::array kRules{lateness,    missed_slots, generator_cpu,    exhausted,
                                clock_error, lost_agent,   folded_intervals, ledger};
    std::vector<TrustReason> reasons;
    for (const auto rule : kRules) {
        if (auto reason = rule(result)) reasons.push_back(std::move(*reason));
    }
    for (TrustReason& reason : reasons) {
        if (!result.plan) continue;
        const auto& thresholds = result.plan->thresholds;
        reason.touches_threshold =
            std::any_of(thresholds.begin(), thresholds.end(),
                        [&reason](const workload::Threshold& t) { return touches(reason.id, t); });
    }
    return reasons;
}

}  // namespace culvert::results
