#include <algorithm>
#include <cmath>
#include <string>

#include <fmt/format.h>

#include "controller/report/finding_rules.h"
#include "controller/report/flatten.h"
#include "controller/report/load_phases.h"
#include "controller/report/number_format.h"

namespace culvert::report {
namespace {

using results::RunResult;

constexpr double kMissedShare = 0.001;  // of the planned slots
constexpr std::uint64_t kLateMicros =
    1000;                            // p99 of the lateness of an agent: latencies of a few ms are off by a visible part
constexpr double kStallShare = 0.3;  // of what was offered in the same second
constexpr std::uint64_t kStallOffered = 10;  // fewer iterations a second say nothing
constexpr double kKneeFactor = 2;            // p95 against that of the lower half of the ramp
constexpr std::size_t kKneeBins = 12;
constexpr std::size_t kColdSeconds = 5;
constexpr double kColdFactor = 2;
constexpr std::uint64_t kFewestSamples = 100;  // for a percentile that is compared

double p95(const metrics::Histogram& histogram) {
    return static_cast<double>(histogram.percentile_micros(95));
}

}  // namespace

std::vector<Finding> find_nothing_measured(const RunResult& result) {
    if (!results::is_over(result.state) || only_step(flattened(result.totals)).requests > 0) return {};
    return {{"nothing_measured", "No request was made.",
             result.state_reason.empty() ? "The run ended before its load began." : result.state_reason + ".",
             "Nothing on this page was measured; mend the cause and run the plan again."}};
}

std::vector<Finding> find_saturation(const RunResult& result) {
    std::vector<Finding> found;
    const metrics::ScenarioStats flat = flattened(result.totals);
    if (flat.planned > 0 && ratio_of(flat.missed, flat.planned) > kMissedShare) {
        found.push_back(
            {"lost_load",
             fmt::format("{} of the planned iterations were never started.",
                         percent_text(ratio_of(flat.missed, flat.planned))),
             fmt::format("{} of {} slots found no free user.", count_text(flat.missed), count_text(flat.planned)),
             "Raise max_users in the agents' charter, or add agents: the target saw less load than the plan asked "
             "for."});
    }
    for (const results::AgentResult& agent : result.agents) {
        if (agent.lateness.count() < kFewestSamples) continue;
        const std::uint64_t late = agent.lateness.percentile_micros(99);
        if (late < kLateMicros) continue;
        found.push_back(
            {"saturation", fmt::format("{} started iterations late.", agent.name),
             fmt::format("lateness p99 {}, busiest core {} %.", latency_text(static_cast<double>(late)),
                         significant_text(agent.cpu_percent_max)),
             "Lower this agent's weight, give it more cores or add an agent; its latencies contain its own delay."});
    }
    return found;
}

std::vector<Finding> find_stalls(const RunResult& result) {
    std::uint32_t first = 0;
    std::uint32_t last = 0;
    std::size_t seconds = 0;
    std::uint64_t offered = 0;
    std::uint64_t delivered = 0;
    for (const results::SecondResult& second : result.timeline) {
        const metrics::ScenarioStats flat = flattened(second.scenarios);
        const bool stalled = flat.offered >= kStallOffered &&
                             static_cast<double>(flat.delivered) < kStallShare * static_cast<double>(flat.offered);
        if (second.warmup || !stalled || second.second < 2) continue;  // the first answers need their latency to arrive
        if (seconds == 0) first = second.second;
        last = second.second + second.seconds - 1;
        seconds += second.seconds;
        offered += flat.offered;
        delivered += flat.delivered;
    }
    if (seconds == 0) return {};
    const std::string when = first == last
                                 ? "at " + clock_text(first)
                                 : fmt::format("between {} and {}", clock_text(first), clock_text(last + 1.0));
    return {{"stall", fmt::format("Answers nearly stopped for {} s {}.", seconds, when),
             fmt::format("{} iterations were started in these seconds and {} ended.", count_text(offered),
                         count_text(delivered)),
             "Look at the heat map there: a pause of the target (garbage collection, lock, fail-over) shows as a "
             "diagonal."}};
}

namespace {

struct Knee {
    double rate = 0, p95 = 0, p95_below = 0;
};

// The knee is where p95 of the ramp doubles and does not come back.
std::optional<Knee> find_knee_point(const RunResult& result) {
    if (!result.plan) return std::nullopt;
    const std::vector<PhaseSpan> spans = phase_spans(*result.plan);
    const auto ramp =
        std::find_if(spans.begin(), spans.end(), [](const PhaseSpan& span) { return span.name.starts_with("ramp"); });
    if (ramp == spans.end()) return std::nullopt;

    struct Bin {
        metrics::Histogram latency;
        double requests = 0, seconds = 0;
    };
    std::vector<Bin> bins(kKneeBins);
    for (const results::SecondResult& row : result.timeline) {
        if (row.second < ramp->from_seconds || row.second >= ramp->to_seconds) continue;
        const double position = (row.second - ramp->from_seconds) / (ramp->to_seconds - ramp->from_seconds);
        Bin& bin = bins[std::min(kKneeBins - 1, static_cast<std::size_t>(position * kKneeBins))];
        const metrics::ScenarioStats flat = flattened(row.scenarios);
        bin.latency.merge(only_step(flat).latency);
        bin.requests += static_cast<double>(only_step(flat).requests);
        bin.seconds += row.seconds;
    }
    metrics::Histogram lower;
    for (std::size_t i = 0; i < kKneeBins / 2; ++i) lower.merge(bins[i].latency);
    if (lower.count() < kFewestSamples) return std::nullopt;
    std::size_t knee = kKneeBins;
    for (std::size_t i = kKneeBins; i-- > kKneeBins / 2;) {
        if (bins[i].latency.count() < kFewestSamples / 2 || p95(bins[i].latency) < kKneeFactor * p95(lower)) break;
        knee = i;
    }
    if (knee == kKneeBins) return std::nullopt;
    return Knee{bins[knee].requests / bins[knee].seconds, p95(bins[knee].latency), p95(lower)};
}

}  // namespace

std::optional<double> knee_rate(const RunResult& result) {
    const std::optional<Knee> knee = find_knee_point(result);
    return knee ? std::optional(knee->rate) : std::nullopt;
}

std::vector<Finding> find_knee(const RunResult& result) {
    const std::optional<Knee> knee = find_knee_point(result);
    if (!knee) return {};
    return {{"knee", fmt::format("Latency leaves its level at about {} requests/s.", rate_text(knee->rate)),
             fmt::format("p95 {} there, {} over the lower half of the ramp.", latency_text(knee->p95),
                         latency_text(knee->p95_below)),
             "Read the chart of throughput against latency: beyond the knee more load buys waiting, not work."}};
}

std::vector<Finding> find_cold_start(const RunResult& result) {
    metrics::Histogram start;
    metrics::Histogram rest;
    std::size_t seen = 0;
    for (const results::SecondResult& second : result.timeline) {
        if (second.warmup) continue;
        const metrics::ScenarioStats flat = flattened(second.scenarios);
        const metrics::StepStats& all = only_step(flat);
        if (all.latency.empty()) continue;
        (seen < kColdSeconds ? start : rest).merge(all.latency);
        seen += second.seconds;
    }
    if (start.count() < kFewestSamples / 5 || rest.count() < kFewestSamples || p95(start) < kColdFactor * p95(rest))
        return {};
    return {{"cold_start", fmt::format("The first {} s were slower than the rest.", kColdSeconds),
             fmt::format("p95 {} against {} afterwards.", latency_text(p95(start)), latency_text(p95(rest))),
             "If caches and pools of the target may be warm in production, write a warmup: of at least that length "
             "into the plan."}};
}

}  // namespace culvert::report
