#include "controller/cli/render/live_view.h"

#include <algorithm>

#include <fmt/format.h>

#include "controller/cli/render/glyphs.h"
#include "controller/cli/render/live_tables.h"
#include "controller/cli/render/paragraph.h"
#include "controller/report/number_format.h"

namespace culvert::cli::render {
namespace {

using report::kUnknown;

constexpr std::size_t kWidestBar = 36;
constexpr std::size_t kNarrowestBar = 8;
constexpr std::size_t kShownAgents = 12;
constexpr std::size_t kShownSteps = 20;
constexpr std::size_t kShownEvents = 3;

std::string per_second(std::optional<double> value) {
    return value ? report::rate_text(*value) + "/s" : std::string(kUnknown);
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

std::string event_lines(const run::RunView& view, std::size_t most) {
    std::string out;
    const std::size_t first = view.events.size() > most ? view.events.size() - most : 0;
    for (std::size_t i = first; i < view.events.size(); ++i) out += event_line(view.events[i]) + "\n";
    return out;
}

// With the details off: what the table of steps comes to.
std::string steps_line(const run::RunView& view, const TextStyle& style) {
    if (view.steps.empty()) return "";
    double requests = 0;
    std::optional<double> worst;
    for (const run::StepView& step : view.steps) {
        requests += step.requests_per_second.value_or(0);
        if (step.p95_ms) worst = std::max(worst.value_or(0), *step.p95_ms);
    }
    return paragraph("steps",
                     {fmt::format("{} step{}", view.steps.size(), view.steps.size() == 1 ? "" : "s"),
                      report::rate_text(requests) + " req/s", "worst p95 " + ms(worst)},
                     "   ", style);
}

std::string bottom_line(const LiveLayout& layout, const TextStyle& style) {
    if (!layout.keyboard) return layout.quit.empty() ? "" : paint(layout.quit, Tone::Dim, style) + "\n";
    const std::string details = layout.details ? "d steps off" : "d steps on";
    if (!layout.help) return paint("q " + layout.quit + "   " + details + "   ? help", Tone::Dim, style) + "\n";
    std::string out = "\n";
    for (const std::string& line :
         {"q, Ctrl-C  " + layout.quit, std::string("d          the table of steps on or off"),
          std::string("?          this help on or off"),
          std::string(
              "planned    iterations due; offered: started; delivered: ended by themselves; missed: found no user"),
          std::string("p50 … max  latency from the intended start; LATE p99: how late this agent itself starts"),
          std::string("trust      whether the measurement may be believed; the report says all of it")})
        out += paint(line, Tone::Dim, style) + "\n";
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

std::string live_view(const run::RunView& view, const LiveLayout& layout, const TextStyle& style) {
    const std::string top = head_line(view, style) + "\n" + load_lines(view, style);
    std::string middle = "\n";
    if (!view.state_reason.empty()) middle += one_line(view.state_reason) + "\n";
    middle += threshold_lines(view, style) + trust_line(view, style);
    const std::string bottom = bottom_line(layout, style);

    // Events go first, then rows of the longer table, so that verdict and keys stay in sight.
    std::size_t steps = std::min(kShownSteps, view.steps.size()), agents = std::min(kShownAgents, view.agents.size());
    std::size_t events = std::min(kShownEvents, view.events.size());
    for (;;) {
        const std::string out = top + (layout.details ? step_table(view, steps, style) : steps_line(view, style)) +
                                agent_table(view, agents, style) + middle + event_lines(view, events) + bottom;
        const auto lines = static_cast<std::size_t>(std::count(out.begin(), out.end(), '\n'));
        const bool fits = layout.rows == 0 || lines < layout.rows;  // the cursor needs a line of its own
        const std::size_t shrinking = layout.details ? steps : 0;
        if (fits || (events == 0 && shrinking == 0 && agents == 0)) return finish(clip_lines(out, style.width), style);
        if (events > 0) {
            --events;
        } else if (shrinking > 1 && shrinking + 1 >= agents) {
            --steps;
        } else if (agents > 1) {
            --agents;
        } else if (shrinking > 0) {
            steps = 0;
        } else {
            agents = 0;
        }
    }
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
