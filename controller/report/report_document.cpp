#include "controller/report/report_document.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

#include <nlohmann/json.hpp>

#include "controller/report/findings.h"
#include "controller/report/flatten.h"

namespace culvert::report {
namespace {

using Json = nlohmann::ordered_json;
using results::RunResult;

double ms(std::uint64_t micros) {
    return static_cast<double>(micros) / 1000.0;
}
double rounded(double value, double steps = 1000) {
    return static_cast<double>(std::llround(value * steps)) / steps;
}

std::string scenario_name(const RunResult& result, std::size_t index) {
    return result.plan && index < result.plan->scenarios.size() ? result.plan->scenarios[index].name
                                                                : "scenario " + std::to_string(index + 1);
}

Json trust_json(const RunResult& result) {
    Json reasons = Json::array();
    for (const results::TrustReason& reason : result.trust) {
        reasons.push_back({{"id", reason.id},
                           {"limit", reason.limit},
                           {"value", reason.value},
                           {"spoils", reason.spoils},
                           {"text", reason.text},
                           {"touches_threshold", reason.touches_threshold}});
    }
    return {{"stamp", result.valid() ? "VALID" : "SUSPECT"}, {"reasons", std::move(reasons)}};
}

Json thresholds_json(const RunResult& result) {
    Json rows = Json::array();
    for (const results::ThresholdResult& threshold : result.thresholds) {
        rows.push_back({{"check", threshold.check},
                        {"actual", threshold.actual ? Json(*threshold.actual) : Json()},
                        {"actual_text", threshold.actual_text},
                        {"state", results::to_string(threshold.state)},
                        {"first_crossed", threshold.first_crossed ? Json(*threshold.first_crossed) : Json()}});
    }
    return rows;
}

Json run_json(const RunResult& result) {
    return {{"id", result.id},
            {"name", result.plan ? result.plan->name : ""},
            {"state", results::to_string(result.state)},
            {"state_reason", result.state_reason},
            {"started_at", utc_text(result.started_at)},
            {"ended_at", utc_text(result.ended_at)},
            {"seconds", length_seconds(result)},
            {"measured_seconds", measured_seconds(result)},
            {"seed", std::to_string(result.seed)},
            {"trust", trust_json(result)},
            {"verdict", results::to_string(result.verdict)},
            {"thresholds", thresholds_json(result)}};
}

Json totals_json(const RunResult& result) {
    const metrics::ScenarioStats flat = flattened(result.totals);
    const metrics::StepStats& all = only_step(flat);
    return {{"requests", all.requests},
            {"failures", all.failures},
            {"interrupted", all.interrupted},
            {"bytes_sent", all.bytes_sent},
            {"bytes_received", all.bytes_received},
            {"iterations", flat.delivered},
            {"interrupted_iterations", flat.interrupted},
            {"missed_slots", flat.missed},
            {"planned", flat.planned},
            {"offered", flat.offered},
            {"delivered", flat.delivered},
            {"latency_ms", latency_json(all.latency)},
            {"send_latency_ms", latency_json(all.send_latency)},
            {"errors", errors_by_kind_json(all)}};
}

Json ledger_json(const results::Ledger& ledger) {
    return {{"sent", ledger.sent},     {"reported", ledger.reported},
            {"lost", ledger.lost},     {"duplicated", ledger.duplicated},
            {"folded", ledger.folded}, {"balanced", ledger.balanced}};
}

Json scenarios_json(const RunResult& result) {
    Json rows = Json::array();
    for (std::size_t i = 0; i < result.totals.size(); ++i) {
        const metrics::ScenarioStats& scenario = result.totals[i];
        Json steps = Json::array();
        for (std::size_t k = 0; k < scenario.steps.size(); ++k)
            steps.push_back(step_json(step_name(result, i, k), scenario.steps[k]));
        rows.push_back({{"name", scenario_name(result, i)},
                        {"iterations", scenario.delivered},
                        {"interrupted_iterations", scenario.interrupted},
                        {"missed_slots", scenario.missed},
                        {"planned", scenario.planned},
                        {"offered", scenario.offered},
                        {"delivered", scenario.delivered},
                        {"steps", std::move(steps)}});
    }
    return rows;
}

Json agents_json(const RunResult& result) {
    Json rows = Json::array();
    for (const results::AgentResult& agent : result.agents) {
        const metrics::ScenarioStats flat = flattened(agent.totals);
        const metrics::StepStats& all = only_step(flat);
        const metrics::Histogram& late = agent.lateness;
        const auto late_at = [&](double percent) {
            return late.empty() ? Json() : Json(late.percentile_micros(percent));
        };
        rows.push_back(
            {{"name", agent.name},
             {"labels", Json(agent.labels)},
             {"weight", agent.weight},
             {"state", results::to_string(agent.state)},
             {"requests", all.requests},
             {"failures", all.failures},
             {"latency_ms", latency_json(all.latency)},
             {"transport", agent.transport},
             {"proxy", agent.proxy},
             {"rtt_ms", rounded(agent.rtt_ms)},
             {"clock_offset_ms", rounded(agent.clock_offset_ms)},
             {"clock_error_ms", rounded(agent.clock_error_ms)},
             {"start_skew_ms", rounded(agent.start_skew_ms)},
             {"cpu_percent_max", rounded(agent.cpu_percent_max, 10)},
             {"lateness_us",
              {{"p50", late_at(50)}, {"p99", late_at(99)}, {"max", late.empty() ? Json() : Json(late.max_micros())}}},
             {"lost_at", agent.lost_at_millis ? Json(static_cast<double>(*agent.lost_at_millis) / 1000.0) : Json()},
             {"intervals",
              {{"sent", agent.intervals_sent},
               {"merged", agent.intervals_merged},
               {"duplicated", agent.intervals_duplicated},
               {"folded", agent.intervals_folded}}}});
    }
    return rows;
}

Json events_json(const RunResult& result) {
    Json rows = Json::array();
    for (const results::Event& event : result.events) {
        rows.push_back({{"at_s", static_cast<double>(event.at_millis) / 1000.0},
                        {"kind", event.kind},
                        {"agent", event.agent},
                        {"text", event.text}});
    }
    return rows;
}

Json findings_json(const RunResult& result) {
    Json rows = Json::array();
    for (const Finding& finding : find_findings(result)) {
        rows.push_back({{"id", finding.id}, {"what", finding.what}, {"why", finding.why}, {"advice", finding.advice}});
    }
    return rows;
}

Json example_json(const metrics::ErrorExample& example) {
    return {{"what", example.what},
            {"second", example.second},
            {"phase", example.phase},
            {"latency_ms", ms(example.latency_micros)},
            {"request_head", example.request_head},
            {"response_head", example.response_head},
            {"body", example.body},
            {"local_address", example.local_address},
            {"remote_address", example.remote_address}};
}

// Every kind × step × agent that failed, the most frequent first, each with one example where an agent kept one.
Json errors_json(const RunResult& result) {
    using Key = std::tuple<std::size_t, std::size_t, std::size_t, std::string>;  // scenario, step, kind, agent
    struct Row {
        std::uint64_t count = 0;
        const metrics::ErrorExample* example = nullptr;
    };
    std::map<Key, Row> rows;
    for (const results::AgentResult& agent : result.agents) {
        for (std::size_t i = 0; i < agent.totals.size(); ++i) {
            for (std::size_t k = 0; k < agent.totals[i].steps.size(); ++k) {
                const auto& errors = agent.totals[i].steps[k].errors;
                for (std::size_t kind = 0; kind < errors.size(); ++kind) {
                    if (errors[kind] > 0) rows[{i, k, kind, agent.name}].count = errors[kind];
                }
            }
        }
    }
    for (const RunResult::Example& found : result.examples) {
        const metrics::ErrorExample& example = found.example;
        Row& row = rows[{example.scenario, example.step, static_cast<std::size_t>(example.kind), found.agent}];
        if (row.example == nullptr) row.example = &example;
    }
    std::vector<std::pair<Key, Row>> sorted(rows.begin(), rows.end());
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const auto& a, const auto& b) { return a.second.count > b.second.count; });
    Json out = Json::array();
    for (const auto& [key, row] : sorted) {
        const auto& [scenario, step, kind, agent] = key;
        out.push_back({{"kind", metrics::to_string(static_cast<metrics::ErrorKind>(kind))},
                       {"scenario", scenario_name(result, scenario)},
                       {"step", step_name(result, scenario, step)},
                       {"agent", agent},
                       {"count", row.count},
                       {"example", row.example == nullptr ? Json() : example_json(*row.example)}});
    }
    return out;
}

Json phase_json(const metrics::PhaseSums::Phase& phase) {
    const Json mean =
        phase.count == 0
            ? Json()
            : Json(rounded(static_cast<double>(phase.sum_micros) / static_cast<double>(phase.count) / 1000.0));
    return {{"mean", mean}, {"count", phase.count}};
}

}  // namespace

Json latency_json(const metrics::Histogram& histogram) {
    if (histogram.empty()) {
        Json none;
        for (const char* name : {"min", "mean", "stddev", "p50", "p75", "p90", "p95", "p99", "p999", "max"})
            none[name] = nullptr;
        return none;
    }
    const auto at = [&](double percent) { return ms(histogram.percentile_micros(percent)); };
    return {{"min", ms(histogram.min_micros())},
            {"mean", rounded(histogram.mean_micros() / 1000.0)},
            {"stddev", rounded(histogram.stddev_micros() / 1000.0)},
            {"p50", at(50)},
            {"p75", at(75)},
            {"p90", at(90)},
            {"p95", at(95)},
            {"p99", at(99)},
            {"p999", at(99.9)},
            {"max", ms(histogram.max_micros())}};
}

Json errors_by_kind_json(const metrics::StepStats& step) {
    Json errors = Json::object();
    for (std::size_t kind = 0; kind < step.errors.size(); ++kind) {
        if (step.errors[kind] > 0)
            errors[metrics::to_string(static_cast<metrics::ErrorKind>(kind))] = step.errors[kind];
    }
    return errors;
}

Json step_json(const std::string& name, const metrics::StepStats& step) {
    Json status = Json::object();
    for (const auto& [code, count] : step.status) status[std::to_string(code)] = count;
    return {{"name", name},
            {"requests", step.requests},
            {"failures", step.failures},
            {"interrupted", step.interrupted},
            {"bytes_sent", step.bytes_sent},
            {"bytes_received", step.bytes_received},
            {"latency_ms", latency_json(step.latency)},
            {"send_latency_ms", latency_json(step.send_latency)},
            {"phases_ms",
             {{"dns", phase_json(step.phases.dns)},
              {"connect", phase_json(step.phases.connect)},
              {"tls", phase_json(step.phases.tls)},
              {"first_byte", phase_json(step.phases.first_byte)},
              {"rest", phase_json(step.phases.rest)}}},
            {"status", std::move(status)},
            {"errors", errors_by_kind_json(step)}};
}

Json head_json(const RunResult& result) {
    return {{"version", kReportVersion},           {"run", run_json(result)},
            {"totals", totals_json(result)},       {"ledger", ledger_json(result.ledger)},
            {"scenarios", scenarios_json(result)}, {"agents", agents_json(result)},
            {"events", events_json(result)},       {"findings", findings_json(result)},
            {"errors", errors_json(result)}};
}

Json timeline_json(const RunResult& result) {
    Json rows = Json::array();
    const auto few = [](const metrics::Histogram& histogram) -> Json {
        if (histogram.empty()) return nullptr;
        return {{"p50", ms(histogram.percentile_micros(50))},
                {"p95", ms(histogram.percentile_micros(95))},
                {"p99", ms(histogram.percentile_micros(99))},
                {"max", ms(histogram.max_micros())}};
    };
    for (const results::SecondResult& second : result.timeline) {
        const metrics::ScenarioStats flat = flattened(second.scenarios);
        const metrics::StepStats& all = only_step(flat);
        rows.push_back({{"second", second.second},
                        {"seconds", second.seconds},
                        {"warmup", second.warmup},
                        {"planned", flat.planned},
                        {"offered", flat.offered},
                        {"delivered", flat.delivered},
                        {"missed", flat.missed},
                        {"users", flat.users},
                        {"in_flight", flat.in_flight},
                        {"requests", all.requests},
                        {"failures", all.failures},
                        {"interrupted", all.interrupted},
                        {"latency_ms", few(all.latency)},
                        {"send_latency_ms", few(all.send_latency)},
                        {"errors", errors_by_kind_json(all)}});
    }
    return rows;
}

Json histograms_json(const RunResult& result) {
    const auto both = [](const metrics::StepStats& step) -> Json {
        return {{"intended", base64(step.latency.encode())}, {"send", base64(step.send_latency.encode())}};
    };
    Json scenarios = Json::array();
    for (std::size_t i = 0; i < result.totals.size(); ++i) {
        Json steps = Json::array();
        for (std::size_t k = 0; k < result.totals[i].steps.size(); ++k) {
            Json step = {{"name", step_name(result, i, k)}};
            step.update(both(result.totals[i].steps[k]));
            steps.push_back(std::move(step));
        }
        scenarios.push_back({{"name", scenario_name(result, i)}, {"steps", std::move(steps)}});
    }
    Json agents = Json::array();
    for (const results::AgentResult& agent : result.agents)
        agents.push_back({{"name", agent.name}, {"lateness", base64(agent.lateness.encode())}});
    const metrics::ScenarioStats flat = flattened(result.totals);
    return {{"encoding", "culvert-histogram-1 in base64"},
            {"total", both(only_step(flat))},
            {"scenarios", std::move(scenarios)},
            {"agents", std::move(agents)}};
}

}  // namespace culvert::report
