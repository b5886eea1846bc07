#include "controller/cli/render/live_tables.h"

#include <algorithm>

#include <fmt/format.h>

#include "controller/cli/render/glyphs.h"
#include "controller/cli/render/table.h"
#include "controller/report/number_format.h"

namespace culvert::cli::render {
namespace {

using report::kUnknown;

std::string path_text(const run::AgentView& agent) {
    if (agent.transport.empty()) return std::string(kUnknown);
    const std::string carrier = agent.transport == "websocket"   ? "wss"
                                : agent.transport == "long_poll" ? "long-poll"
                                                                 : agent.transport;
    return carrier + (agent.proxy.empty() ? ", direct" : ", proxy");
}

std::string labels_text(const workload::Labels& labels) {
    std::string out;
    for (const auto& [label, value] : labels) {
        if (label == "os" || label == "arch") continue;  // of every agent alike, more often than not
        out += (out.empty() ? "" : " ") + label + "=" + value;
    }
    return out.empty() ? std::string(kUnknown) : out;
}

Cell state_cell(const run::AgentView& agent) {
    const std::string ago = agent.silent_for_s ? " " + report::age_text(*agent.silent_for_s) + " ago" : "";
    switch (agent.state) {
        case results::AgentState::Lost:
            return {"✗ lost" + ago, Tone::Bad};
        case results::AgentState::Refused:
            return {"✗ refused", Tone::Bad};
        case results::AgentState::Interrupted:
            return {"! silent" + (agent.silent_for_s ? " for " + report::age_text(*agent.silent_for_s) : std::string()),
                    Tone::Warning};
        default:
            return {results::to_string(agent.state), Tone::Plain};
    }
}

}  // namespace

std::string rate(std::optional<double> value) {
    return value ? report::rate_text(*value) : std::string(kUnknown);
}
std::string ms(std::optional<double> value) {
    return value ? report::milliseconds_text(*value) : std::string(kUnknown);
}
std::string share(std::optional<double> value) {
    return value ? report::share_text(*value) : std::string(kUnknown);
}

std::string step_table(const run::RunView& view, std::size_t most, const TextStyle& style) {
    using Side = Column::Side;
    Table table({{"STEP", Side::Left},
                 {"req/s", Side::Right},
                 {"p50", Side::Right},
                 {"p95", Side::Right},
                 {"p99", Side::Right},
                 {"max", Side::Right, 3},
                 {"errors", Side::Right},
                 {"p95, LAST 60 s", Side::Left, 1}});
    double highest = 0;  // one scale for all steps
    for (const run::StepView& step : view.steps) {
        for (const auto& point : step.spark_p95_ms) highest = std::max(highest, point.value_or(0));
    }
    for (const run::StepView& step : view.steps) {
        if (static_cast<std::size_t>(&step - view.steps.data()) >= most) break;
        table.add({step.scenario + "/" + step.step,
                   rate(step.requests_per_second),
                   ms(step.p50_ms),
                   ms(step.p95_ms),
                   ms(step.p99_ms),
                   ms(step.max_ms),
                   {share(step.error_ratio), step.error_ratio.value_or(0) > 0 ? Tone::Bad : Tone::Plain},
                   spark_line(step.spark_p95_ms, highest)});
    }
    if (table.empty()) return "";
    std::string out = "\n" + table.render(style);
    if (view.steps.size() > most)
        out += paint(fmt::format("and {} more, in the report", view.steps.size() - most), Tone::Dim, style) + "\n";
    return out;
}

std::string agent_table(const run::RunView& view, std::size_t most, const TextStyle& style) {
    using Side = Column::Side;
    Table table({{"AGENT", Side::Left},
                 {"LABELS", Side::Left, 2},
                 {"PATH", Side::Left, 1},
                 {"RTT", Side::Right},
                 {"req/s", Side::Right},
                 {"p95", Side::Right},
                 {"CPU", Side::Right},
                 {"LATE p99", Side::Right},
                 {"STATE", Side::Left}});
    std::size_t hidden = 0;
    for (const run::AgentView& agent : view.agents) {
        const bool fine = agent.state != results::AgentState::Lost && agent.state != results::AgentState::Refused &&
                          agent.state != results::AgentState::Interrupted;
        const auto at = static_cast<std::size_t>(&agent - view.agents.data());
        if (at >= most && fine) {  // the ones in trouble are always seen
            ++hidden;
            continue;
        }
        table.add({agent.name, labels_text(agent.labels), path_text(agent), ms(agent.rtt_ms),
                   rate(agent.requests_per_second), ms(agent.p95_ms),
                   agent.cpu_percent ? fmt::format("{:.0f} %", *agent.cpu_percent) : std::string(kUnknown),
                   agent.lateness_p99_us ? report::latency_text(*agent.lateness_p99_us) : std::string(kUnknown),
                   state_cell(agent)});
    }
    if (table.empty()) return "";
    std::string out = "\n" + table.render(style);
    if (hidden > 0) out += paint(fmt::format("and {} agents more, all well", hidden), Tone::Dim, style) + "\n";
    return out;
}

}  // namespace culvert::cli::render
