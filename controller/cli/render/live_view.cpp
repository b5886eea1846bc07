#include "controller/cli/render/live_view.h"

#include <algorithm>

#include <fmt/format.h>

#include "controller/cli/render/glyphs.h"
#include "controller/cli/render/paragraph.h"
#include "controller/cli/render/table.h"
#include "controller/report/number_format.h"

namespace culvert::cli::render {
namespace {

using report::kUnknown;

constexpr std::size_t kWidestBar = 36;
constexpr std::size_t kNarrowestBar = 8;
constexpr std::size_t kShownAgents = 12;
constexpr std::size_t kShownSteps = 20;
constexpr std::size_t kShownEvents = 3;

std::string rate(std::optional<double> value) {
    return value ? report::rate_text(*value) : std::string(kUnknown);
}
std::string per_second(std::optional<double> value) {
    return value ? report::rate_text(*value) + "/s" : std::string(kUnknown);
}
std::string ms(std::optional<double> value) {
    return value ? report::milliseconds_text(*value) : std::string(kUnknown);
}
std::string share(std::optional<double> value) {
    return value ? report::share_text(*value) : std::string(kUnknown);
}

std::string head_line(const run::RunView& view, const TextStyle& style) {
    std::string words = one_line(view.name) + " · run " + one_line(view.id) + " · " +
                        (view.paused ? "paused" : results::to_string(view.state));
    if (!view.phase.empty() && !view.over()) words += " · " + one_line(view.phase);
    if (view.warmup) words += ", warm-up";
    const std::string times = report::clock_text(view.elapsed_s) + " / " + report::clock_text(view.length_s);
    const std::size_t used = width_of(words) + width_of(times) + 4;
    if (used + kNarrowestBar > style.width) return clipped(words + "  " + times, style.width);
    const std::size_t bar = std::min(kWidestBar, style.width - used);
    const double part = view.length_s > 0 ? view.elapsed_s / view.length_s : 0;
    const std::string gap(style.width - used - bar + 2, ' ');
    return paint(words, Tone::Strong, style) + gap + progress_bar(part, bar) + "  " + times;
}

std::string load_lines(const run::RunView& view, const TextStyle& style) {
    const run::LoadView& load = view.load;
    const Tone missed = load.missed > 0 ? Tone::Warning : Tone::Plain;
    std::vector<std::string> parts;
    if (load.planned_per_second) parts.push_back("planned " + per_second(load.planned_per_second));
    parts.push_back("offered " + per_second(load.offered_per_second));
    parts.push_back("delivered " + per_second(load.delivered_per_second));
    parts.push_back(
        paint((load.missed > 0 ? "! missed " : "missed ") + report::count_text(load.missed), missed, style));
    parts.push_back("users " + report::count_text(load.users));
    parts.push_back("in flight " + report::count_text(load.in_flight));
    const std::string out = paragraph("load", parts, "   ", style);

    std::string kinds;
    for (const run::ErrorCount& error : view.errors)
        kinds += (kinds.empty() ? "" : " · ") + one_line(error.what) + ": " + report::count_text(error.count);
    std::string errors =
        "errors   " + paint(share(view.error_ratio), view.error_ratio.value_or(0) > 0 ? Tone::Bad : Tone::Plain, style);
    if (!kinds.empty()) errors += "  (" + kinds + ")";
    const std::string note = "mean of the last 10 s unless it says otherwise";
    const std::size_t used = width_of(errors) + 3 + width_of(note);
    if (used <= style.width) errors += std::string(style.width - used + 3, ' ') + paint(note, Tone::Dim, style);
    return out + errors + "\n";
}

std::string step_table(const run::RunView& view, const TextStyle& style) {
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
        if (&step - view.steps.data() >= static_cast<std::ptrdiff_t>(kShownSteps)) break;
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
    if (view.steps.size() > kShownSteps)
        out +=
            paint(fmt::format("and {} steps more, in the report", view.steps.size() - kShownSteps), Tone::Dim, style) +
            "\n";
    return out;
}

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

std::string agent_table(const run::RunView& view, const TextStyle& style) {
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
        if (at >= kShownAgents && fine) {  // the ones in trouble are always seen
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

std::string threshold_lines(const run::RunView& view, const TextStyle& style) {
    std::string lines;
    std::string line;
    for (const results::ThresholdResult& threshold : view.thresholds) {
        const bool open = threshold.state == results::ThresholdState::NoData;
        const bool good = threshold.state == results::ThresholdState::Pass;
        const std::string sign = open ? "–" : good ? "✓" : "✗";
        const std::string text = paint(sign,
                                       open   ? Tone::Dim
                                       : good ? Tone::Good
                                              : Tone::Bad,
                                       style) +
                                 " " + threshold_with_value(threshold);
        if (!line.empty() && width_of(line) + 6 + width_of(text) > style.width) {
            lines += line + "\n";
            line.clear();
        }
        line += (line.empty() ? "" : "      ") + text;
    }
    return line.empty() ? lines : lines + line + "\n";
}

std::string trust_line(const run::RunView& view, const TextStyle& style) {
    std::vector<std::string> parts;
    for (const results::TrustReason& reason : view.trust) parts.push_back(one_line(reason.text));
    if (parts.empty()) {
        parts.push_back(paint("VALID", Tone::Good, style));
    } else {
        parts.front() = paint("SUSPECT", Tone::Warning, style) + ": " + parts.front();
    }
    if (view.worst_clock_error_ms)
        parts.push_back("clocks ±" + report::significant_text(*view.worst_clock_error_ms, 2) + " ms");
    return paragraph("trust", parts, " · ", style);
}

std::string event_lines(const run::RunView& view) {
    std::string out;
    const std::size_t first = view.events.size() > kShownEvents ? view.events.size() - kShownEvents : 0;
    for (std::size_t i = first; i < view.events.size(); ++i) {
        out += event_line(view.events[i]) + "\n";
    }
    return out;
}

// No line may wrap: the screen is redrawn by going up as many lines as were written.
std::string clip_lines(const std::string& text, std::size_t width) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = text.find('\n', at);
        out += clipped(std::string_view(text).substr(at, end - at), width) + "\n";
        at = end + 1;
    }
    return out;
}

}  // namespace

std::string threshold_with_value(const results::ThresholdResult& threshold) {
    const std::string check = one_line(threshold.check);
    int depth = 0;
    for (std::size_t at = 0; at < check.size(); ++at) {
        if (check[at] == '(') ++depth;
        if (check[at] == ')') --depth;
        if (depth == 0 && (check[at] == '<' || check[at] == '>' || check[at] == '='))
            return check.substr(0, at) + one_line(threshold.actual_text) + " " + check.substr(at);
    }
    return check + ": " + one_line(threshold.actual_text);
}

std::string live_view(const run::RunView& view, std::string_view keys, const TextStyle& style) {
    std::string out = head_line(view, style) + "\n" + load_lines(view, style) + step_table(view, style) +
                      agent_table(view, style) + "\n";
    if (!view.state_reason.empty()) out += one_line(view.state_reason) + "\n";
    out += threshold_lines(view, style) + trust_line(view, style) + event_lines(view);
    if (!keys.empty()) out += paint(keys, Tone::Dim, style) + "\n";
    return finish(clip_lines(out, style.width), style);
}

std::string event_line(const results::Event& event) {
    const std::string text = one_line(event.text);
    const std::string agent = one_line(event.agent);
    return report::clock_text(static_cast<double>(event.at_millis) / 1000.0) + "  " +
           (agent.empty() || text.rfind(agent, 0) == 0 ? "" : agent + ": ") + text;
}

std::string plain_line(const run::RunView& view, const TextStyle& style) {
    std::optional<double> worst_p95;
    for (const run::StepView& step : view.steps) {
        if (step.p95_ms && (!worst_p95 || *step.p95_ms > *worst_p95)) worst_p95 = step.p95_ms;
    }
    const auto there = std::count_if(view.agents.begin(), view.agents.end(), [](const run::AgentView& agent) {
        return agent.state != results::AgentState::Lost && agent.state != results::AgentState::Refused &&
               agent.state != results::AgentState::Interrupted;
    });
    std::string line = report::clock_text(view.elapsed_s) + " " +
                       (view.phase.empty() ? results::to_string(view.state) : one_line(view.phase));
    line += "  " + per_second(view.load.delivered_per_second);
    if (view.load.planned_per_second) line += " of " + rate(view.load.planned_per_second);
    line += "  worst p95 " + ms(worst_p95) + "  errors " + share(view.error_ratio) +
            fmt::format("  agents {}/{}", there, view.agents.size());
    if (view.load.missed > 0) line += "  missed " + report::count_text(view.load.missed);
    if (!view.trust.empty()) line += "  SUSPECT: " + one_line(view.trust.front().text);
    return finish(line + "\n", style);
}

}  // namespace culvert::cli::render
