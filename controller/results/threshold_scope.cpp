#include "controller/results/threshold_scope.h"

#include <cmath>

#include <fmt/format.h>

namespace culvert::results {
namespace {

using Metric = workload::Threshold::Metric;
using Op = workload::Threshold::Op;

std::string three_digits(double value) {
    if (value != 0 && std::fabs(value) < 100) return fmt::format("{:.3g}", value);
    return fmt::format("{:.0f}", value);
}

std::string grouped(std::uint64_t value) {
    std::string text = std::to_string(value);
    for (std::size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, ",");
    return text;
}

std::string milliseconds_text(double ms) {
    return ms >= 1000 ? three_digits(ms / 1000) + " s" : three_digits(ms) + " ms";
}

}  // namespace

void ScopeSlice::merge(const ScopeSlice& other) {
    latency.merge(other.latency);
    requests += other.requests;
    failures += other.failures;
    missed += other.missed;
    iterations += other.iterations;
}

bool measures_latency(Metric metric) {
    return metric == Metric::Percentile || metric == Metric::Mean || metric == Metric::Max || metric == Metric::Min;
}

bool judged_only_at_end(const workload::Threshold& threshold) {
    const bool grows = threshold.metric == Metric::Requests || threshold.metric == Metric::Iterations ||
                       threshold.metric == Metric::Errors || threshold.metric == Metric::Missed;
    const bool must_reach =
        threshold.op == Op::Greater || threshold.op == Op::GreaterEqual || threshold.op == Op::Equal;
    return grows && must_reach && !threshold.over;
}

ScopeSlice slice_of(const workload::Threshold& threshold, const workload::Plan& plan,
                    const std::vector<metrics::ScenarioStats>& scenarios) {
    ScopeSlice slice;
    const bool needs_latency = measures_latency(threshold.metric);
    for (std::size_t i = 0; i < plan.scenarios.size() && i < scenarios.size(); ++i) {
        const workload::Scenario& scenario = plan.scenarios[i];
        if (!threshold.scenario.empty() && threshold.scenario != scenario.name) continue;
        const metrics::ScenarioStats& stats = scenarios[i];
        slice.missed += stats.missed;
        slice.iterations += stats.delivered;
        for (std::size_t k = 0; k < stats.steps.size() && k < scenario.request_names.size(); ++k) {
            if (!threshold.step.empty() && threshold.step != scenario.request_names[k]) continue;
            slice.requests += stats.steps[k].requests;
            slice.failures += stats.steps[k].failures;
            if (needs_latency) slice.latency.merge(stats.steps[k].latency);
        }
    }
    return slice;
}

std::optional<double> value_of(const workload::Threshold& threshold, const ScopeSlice& slice, double seconds) {
    const auto in_ms = [&slice](double micros) -> std::optional<double> {
        if (slice.latency.empty()) return std::nullopt;
        return micros / 1000;
    };
    switch (threshold.metric) {
        case Metric::Percentile:
            return in_ms(static_cast<double>(slice.latency.percentile_micros(threshold.percentile)));
        case Metric::Mean:
            return in_ms(slice.latency.mean_micros());
        case Metric::Max:
            return in_ms(static_cast<double>(slice.latency.max_micros()));
        case Metric::Min:
            return in_ms(static_cast<double>(slice.latency.min_micros()));
        case Metric::ErrorRate:
            if (slice.requests == 0) return std::nullopt;
            return static_cast<double>(slice.failures) / static_cast<double>(slice.requests);
        case Metric::Errors:
            return static_cast<double>(slice.failures);
        case Metric::Requests:
            return static_cast<double>(slice.requests);
        case Metric::RequestRate:
            if (seconds <= 0) return std::nullopt;
            return static_cast<double>(slice.requests) / seconds;
        case Metric::Missed:
            return static_cast<double>(slice.missed);
        case Metric::Iterations:
            return static_cast<double>(slice.iterations);
    }
    return std::nullopt;
}

bool holds(const workload::Threshold& threshold, double value) {
    switch (threshold.op) {
        case Op::Less:
            return value < threshold.value;
        case Op::LessEqual:
            return value <= threshold.value;
        case Op::Greater:
            return value > threshold.value;
        case Op::GreaterEqual:
            return value >= threshold.value;
        case Op::Equal:
            return value == threshold.value;
    }
    return false;
}

bool is_worse(const workload::Threshold& threshold, double a, double b) {
    switch (threshold.op) {
        case Op::Less:
        case Op::LessEqual:
            return a > b;
        case Op::Greater:
        case Op::GreaterEqual:
            return a < b;
        case Op::Equal:
            return std::fabs(a - threshold.value) > std::fabs(b - threshold.value);
    }
    return false;
}

std::string value_text(const workload::Threshold& threshold, std::optional<double> value) {
    if (!value) return "no data";
    switch (threshold.metric) {
        case Metric::Percentile:
        case Metric::Mean:
        case Metric::Max:
        case Metric::Min:
            return milliseconds_text(*value);
        case Metric::ErrorRate:
            return three_digits(*value * 100) + " %";
        case Metric::RequestRate:
            return fmt::format("{:.1f}/s", *value);
        case Metric::Errors:
        case Metric::Requests:
        case Metric::Missed:
        case Metric::Iterations:
            return grouped(static_cast<std::uint64_t>(*value));
    }
    return "no data";
}

}  // namespace culvert::results
