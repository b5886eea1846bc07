#include "controller/run/view_builder.h"

#include <algorithm>

namespace culvert::run {
namespace {

using results::AgentState;

constexpr double kMicrosPerMilli = 1000;
constexpr std::uint32_t kSparkSeconds = 5;
constexpr std::size_t kMostErrors = 6;

struct Window {
    std::uint32_t first = 0, last = 0;
    double seconds() const { return last - first + 1; }
};

// The window of at most `length` seconds that ends with `last`.
Window window_until(std::uint32_t last, std::uint32_t length) {
    return {last + 1 >= length ? last + 1 - length : 0, last};
}

std::optional<double> percentile_ms(const metrics::Histogram& histogram, double percent) {
    if (histogram.empty()) return std::nullopt;
    return static_cast<double>(histogram.percentile_micros(percent)) / kMicrosPerMilli;
}

void fill_steps(RunView& view, const results::SecondResult& recent, const Window& window, const workload::Plan& plan) {
    for (std::size_t i = 0; i < plan.scenarios.size(); ++i) {
        for (std::size_t k = 0; k < plan.scenarios[i].request_names.size(); ++k) {
            StepView& row = view.steps.emplace_back();
            row.scenario = plan.scenarios[i].name;
            row.step = plan.scenarios[i].request_names[k];
            row.spark_p95_ms.resize(kSparkPoints);
            if (i >= recent.scenarios.size() || k >= recent.scenarios[i].steps.size()) continue;
            const metrics::StepStats& step = recent.scenarios[i].steps[k];
            row.requests_per_second = static_cast<double>(step.requests) / window.seconds();
            row.p50_ms = percentile_ms(step.latency, 50);
            row.p95_ms = percentile_ms(step.latency, 95);
            row.p99_ms = percentile_ms(step.latency, 99);
            if (!step.latency.empty()) row.max_ms = static_cast<double>(step.latency.max_micros()) / kMicrosPerMilli;
            if (step.requests > 0)
                row.error_ratio = static_cast<double>(step.failures) / static_cast<double>(step.requests);
        }
    }
}

void fill_sparks(RunView& view, const results::Merger& merger, std::uint32_t last, const workload::Plan& plan) {
    for (std::size_t point = 0; point < kSparkPoints; ++point) {
        const std::uint32_t back = static_cast<std::uint32_t>(kSparkPoints - 1 - point) * kSparkSeconds;
        if (back > last) continue;
        const Window window = window_until(last - back, kSparkSeconds);
        const results::SecondResult stretch = merger.window(window.first, window.last);
        std::size_t row = 0;
        for (std::size_t i = 0; i < plan.scenarios.size(); ++i) {
            for (std::size_t k = 0; k < plan.scenarios[i].request_names.size(); ++k, ++row) {
                if (i >= stretch.scenarios.size() || k >= stretch.scenarios[i].steps.size()) continue;
                view.steps[row].spark_p95_ms[point] = percentile_ms(stretch.scenarios[i].steps[k].latency, 95);
            }
        }
    }
}

void fill_load(RunView& view, const results::Merger& merger, const results::SecondResult& recent,
               const Window& window) {
    std::uint64_t offered = 0, delivered = 0, requests = 0, failures = 0;
    for (const metrics::ScenarioStats& scenario : recent.scenarios) {
        offered += scenario.offered;
        delivered += scenario.delivered;
        for (const metrics::StepStats& step : scenario.steps) {
            requests += step.requests;
            failures += step.failures;
        }
    }
    if (const auto planned = merger.planned(window.first, window.last))
        view.load.planned_per_second = static_cast<double>(*planned) / window.seconds();
    view.load.offered_per_second = static_cast<double>(offered) / window.seconds();
    view.load.delivered_per_second = static_cast<double>(delivered) / window.seconds();
    if (requests > 0) view.error_ratio = static_cast<double>(failures) / static_cast<double>(requests);
    const results::SecondResult newest = merger.window(window.last, window.last);
    for (const metrics::ScenarioStats& scenario : newest.scenarios) {
        view.load.users += scenario.users;
        view.load.in_flight += scenario.in_flight;
    }
}

std::vector<ErrorCount> error_counts(const std::vector<metrics::ScenarioStats>& totals) {
    constexpr std::uint16_t kFirstFailure = 400;
    std::map<std::string, std::uint64_t> counts;
    for (const metrics::ScenarioStats& scenario : totals) {
        for (const metrics::StepStats& step : scenario.steps) {
            for (std::size_t kind = 0; kind < step.errors.size(); ++kind) {
                if (step.errors[kind] == 0) continue;
                if (static_cast<metrics::ErrorKind>(kind) != metrics::ErrorKind::Status) {
                    counts[metrics::to_string(static_cast<metrics::ErrorKind>(kind))] += step.errors[kind];
                    continue;
                }
                for (const auto& [status, count] : step.status) {
                    if (status >= kFirstFailure) counts["HTTP " + std::to_string(status)] += count;
                }
            }
        }
    }
    std::vector<ErrorCount> list;
    for (const auto& [what, count] : counts) list.push_back({what, count});
    std::stable_sort(list.begin(), list.end(),
                     [](const ErrorCount& a, const ErrorCount& b) { return a.count > b.count; });
    if (list.size() > kMostErrors) list.resize(kMostErrors);
    return list;
}

void fill_agents(RunView& view, const results::RunResult& run, const results::SecondResult* recent,
                 const Window& window, const std::vector<Duration>& silent_for) {
    for (std::size_t i = 0; i < run.agents.size(); ++i) {
        const results::AgentResult& agent = run.agents[i];
        AgentView& row = view.agents.emplace_back();
        row.name = agent.name;
        row.labels = agent.labels;
        row.state = agent.state;
        row.transport = agent.transport;
        row.proxy = agent.proxy;
        row.weight = agent.weight;
        if (agent.rtt_ms > 0) {
            row.rtt_ms = agent.rtt_ms;
            row.clock_offset_ms = agent.clock_offset_ms;
            row.clock_error_ms = agent.clock_error_ms;
            view.worst_clock_error_ms = std::max(view.worst_clock_error_ms.value_or(0), agent.clock_error_ms);
        }
        const bool away = agent.state == AgentState::Lost || agent.state == AgentState::Interrupted;
        if (away && i < silent_for.size()) row.silent_for_s = std::chrono::duration<double>(silent_for[i]).count();
        if (agent.intervals_merged == 0) continue;
        if (!agent.lateness.empty()) row.lateness_p99_us = static_cast<double>(agent.lateness.percentile_micros(99));
        if (away || recent == nullptr) continue;
        row.cpu_percent = agent.cpu_percent_last;
        if (const auto requests = recent->agent_requests.find(agent.name); requests != recent->agent_requests.end()) {
            row.requests_per_second = static_cast<double>(requests->second) / window.seconds();
        }
        if (const auto latency = recent->agent_latency.find(agent.name); latency != recent->agent_latency.end())
            row.p95_ms = percentile_ms(latency->second, 95);
    }
}

}  // namespace

RunView build_view(const ViewInput& input) {
    const results::RunResult run = input.merger.overview();
    RunView view;
    view.id = run.id;
    view.name = run.plan->name;
    view.state = run.state;
    view.state_reason = run.state_reason;
    view.elapsed_s = std::max(0.0, std::chrono::duration<double>(input.since_start).count());
    view.length_s = std::chrono::duration<double>(run.planned_length).count();
    view.phase = input.started ? results::describe_phase(*run.plan, input.since_start) : std::string();
    view.warmup = input.started && input.since_start < run.plan->warmup;
    for (const metrics::ScenarioStats& scenario : run.totals) view.load.missed += scenario.missed;
    view.errors = error_counts(run.totals);

    const auto newest = input.merger.complete_second();
    const Window window = window_until(newest.value_or(0), kViewWindow);
    const results::SecondResult recent =
        newest ? input.merger.window(window.first, window.last) : results::SecondResult{};
    fill_steps(view, recent, window, *run.plan);
    if (newest) {
        fill_sparks(view, input.merger, *newest, *run.plan);
        fill_load(view, input.merger, recent, window);
    }
    fill_agents(view, run, newest ? &recent : nullptr, window, input.silent_for);

    view.thresholds = run.thresholds;
    view.trust = run.trust;
    view.verdict = run.verdict;
    view.out_dir = input.out_dir;
    const std::size_t told = std::min(kViewEvents, run.events.size());
    view.events.assign(run.events.end() - static_cast<std::ptrdiff_t>(told), run.events.end());
    return view;
}

}  // namespace culvert::run
