#include "controller/cli/render/summary.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <span>

#include <fmt/format.h>

#include "common/base/text.h"
#include "controller/cli/render/paragraph.h"
#include "controller/cli/render/table.h"
#include "controller/report/flatten.h"
#include "controller/report/load_phases.h"
#include "controller/report/number_format.h"

namespace culvert::cli::render {
namespace {

using report::count_text;
using report::kUnknown;
using results::RunResult;

constexpr std::size_t kShownErrors = 6;
constexpr std::size_t kShownAgents = 8;
constexpr std::size_t kShownThresholds = 20;

std::string run_name(const RunResult& result) {
    return result.plan ? one_line(result.plan->name) : "run";
}

std::string step_name(const RunResult& result, std::size_t scenario, std::size_t step) {
    const auto& names = result.plan->scenarios[scenario].request_names;
    return step < names.size() ? one_line(names[step]) : fmt::format("step {}", step + 1);
}

std::vector<std::string> words_of(const std::string& text) {
    std::vector<std::string> words;
    for (const std::string_view word : split(text, ' ')) words.emplace_back(word);
    return words;
}

std::size_t lost_agents(const RunResult& result) {
    return static_cast<std::size_t>(
        std::count_if(result.agents.begin(), result.agents.end(),
                      [](const results::AgentResult& agent) { return agent.lost_at_millis.has_value(); }));
}

// It ended before anything was measured: there is nothing to tell but why.
bool never_started(const RunResult& result) {
    return result.state != results::RunState::Finished && result.timeline.empty() && result.ledger.reported == 0;
}

std::string head(const RunResult& result, const TextStyle& style) {
    const auto [mark, tone] = never_started(result)                      ? std::pair{"✗ NOT STARTED", Tone::Bad}
                              : result.verdict == results::Verdict::Pass ? std::pair{"✓ PASS", Tone::Good}
                              : result.verdict == results::Verdict::Fail ? std::pair{"✗ FAIL", Tone::Bad}
                                                                         : std::pair{"– NO VERDICT", Tone::Strong};
    const std::size_t lost = lost_agents(result);
    std::string words = fmt::format("   {} · run {}", run_name(result), one_line(result.id));
    if (!never_started(result)) words += " · " + report::clock_text(report::length_seconds(result));
    words += fmt::format(" · {} agent{}", result.agents.size(), result.agents.size() == 1 ? "" : "s");
    if (lost > 0) words += fmt::format(", {} lost", lost);
    if (result.state != results::RunState::Finished) words += std::string(" · ") + results::to_string(result.state);
    std::string out = paint(mark, tone, style) + words;
    if (!never_started(result))
        out += " · trust " +
               paint(result.valid() ? "VALID" : "SUSPECT", result.valid() ? Tone::Good : Tone::Warning, style);
    out += "\n";
    if (!result.state_reason.empty()) out += paragraph("BECAUSE", words_of(one_line(result.state_reason)), " ", style);
    return out;
}

std::string thresholds(const RunResult& result, const TextStyle& style) {
    if (result.thresholds.empty()) return "";
    const auto failed = std::count_if(result.thresholds.begin(), result.thresholds.end(), [](const auto& threshold) {
        return threshold.state != results::ThresholdState::Pass;
    });
    std::string out = "\nTHRESHOLDS   " +
                      (failed == 0 ? fmt::format("all {} held", result.thresholds.size())
                                   : fmt::format("{} of {} failed", failed, result.thresholds.size())) +
                      "\n";
    std::size_t check_width = 0;
    std::size_t value_width = 0;
    for (const auto& threshold : result.thresholds) {
        check_width = std::max(check_width, width_of(one_line(threshold.check)));
        value_width = std::max(value_width, width_of(threshold.actual_text));
    }
    // Failed ones are never among those that are left out.
    std::size_t shown = 0;
    std::size_t hidden = 0;
    for (const auto& threshold : result.thresholds) {
        const bool good = threshold.state == results::ThresholdState::Pass;
        if (good && shown >= kShownThresholds) {
            ++hidden;
            continue;
        }
        ++shown;
        const std::string check = one_line(threshold.check);
        const std::string value = one_line(threshold.actual_text);
        std::string line = "  " + paint(good ? "✓" : "✗", good ? Tone::Good : Tone::Bad, style) + " " + check +
                           std::string(check_width - width_of(check), ' ') + "   " +
                           std::string(value_width - width_of(value), ' ') + value;
        if (threshold.first_crossed) line += "     first crossed at " + report::clock_text(*threshold.first_crossed);
        out += line + "\n";
    }
    if (hidden > 0) out += fmt::format("    and {} more that held\n", hidden);
    return out;
}

std::string steps(const RunResult& result, const TextStyle& style) {
    using Side = Column::Side;
    Table table({{"STEP", Side::Left},
                 {"requests", Side::Right},
                 {"req/s", Side::Right},
                 {"p50", Side::Right},
                 {"p95", Side::Right},
                 {"p99", Side::Right},
                 {"p99.9", Side::Right, 2},
                 {"max", Side::Right, 3},
                 {"errors", Side::Right}});
    const double seconds = report::measured_seconds(result);
    for (std::size_t i = 0; i < result.totals.size(); ++i) {
        for (std::size_t k = 0; k < result.totals[i].steps.size(); ++k) {
            const metrics::StepStats& step = result.totals[i].steps[k];
            const auto at = [&](double percent) {
                return step.latency.empty()
                           ? std::string(kUnknown)
                           : report::latency_text(static_cast<double>(step.latency.percentile_micros(percent)));
            };
            const std::string errors = step.requests == 0
                                           ? std::string(kUnknown)
                                           : report::share_text(report::ratio_of(step.failures, step.requests));
            table.add(
                {one_line(result.plan->scenarios[i].name) + "/" + step_name(result, i, k),
                 count_text(step.requests),
                 seconds > 0 ? report::rate_text(static_cast<double>(step.requests) / seconds) : std::string(kUnknown),
                 at(50),
                 at(95),
                 at(99),
                 at(99.9),
                 step.latency.empty() ? std::string(kUnknown)
                                      : report::latency_text(static_cast<double>(step.latency.max_micros())),
                 {errors, step.failures > 0 ? Tone::Bad : Tone::Plain}});
        }
    }
    return table.empty() ? "" : "\n" + table.render(style);
}

const workload::RequestStep* request_step(const workload::Scenario& scenario, std::size_t index) {
    for (const auto* list : {&scenario.once_per_user, &scenario.steps}) {
        for (const workload::Step& step : *list) {
            const auto* request = std::get_if<workload::RequestStep>(&step);
            if (request != nullptr && request->index == index) return request;
        }
    }
    return nullptr;
}

// "HTTP 500", "timeout 30s", "check": what happened, with the status or the limit that makes it clear.
std::vector<std::string> errors(const RunResult& result) {
    struct Row {
        std::uint64_t count;
        std::string text;
    };
    std::vector<Row> rows;
    for (std::size_t i = 0; i < result.totals.size(); ++i) {
        for (std::size_t k = 0; k < result.totals[i].steps.size(); ++k) {
            const metrics::StepStats& step = result.totals[i].steps[k];
            const std::string where = " (" + step_name(result, i, k) + ")";
            const auto add = [&](std::uint64_t count, const std::string& what) {
                rows.push_back({count, count_text(count) + " × " + what + where});
            };
            std::uint64_t with_status = 0;
            const std::uint64_t by_status = step.errors[static_cast<std::size_t>(metrics::ErrorKind::Status)];
            for (const auto& [status, count] : step.status) {
                if (status < 400 || with_status + count > by_status)
                    continue;  // a status that a check allowed is no error
                with_status += count;
                add(count, fmt::format("HTTP {}", status));
            }
            if (by_status > with_status) add(by_status - with_status, "HTTP status");
            for (std::size_t kind = 0; kind < step.errors.size(); ++kind) {
                const auto error = static_cast<metrics::ErrorKind>(kind);
                if (step.errors[kind] == 0 || error == metrics::ErrorKind::Status) continue;
                std::string what = metrics::to_string(error);
                const workload::RequestStep* request = request_step(result.plan->scenarios[i], k);
                if (error == metrics::ErrorKind::Timeout && request != nullptr)
                    what +=
                        " " + report::latency_text(std::chrono::duration<double, std::micro>(request->timeout).count());
                std::replace(what.begin(), what.end(), '_', ' ');
                add(step.errors[kind], what);
            }
        }
    }
    std::stable_sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return a.count > b.count; });
    std::vector<std::string> parts;
    for (std::size_t i = 0; i < rows.size() && i < kShownErrors; ++i) parts.push_back(rows[i].text);
    if (rows.size() > kShownErrors)
        parts.push_back(fmt::format("{} kinds more in the report", rows.size() - kShownErrors));
    return parts;
}

std::vector<std::string> load(const RunResult& result) {
    const metrics::ScenarioStats flat = report::flattened(result.totals);
    std::vector<std::string> parts{"planned " + count_text(flat.planned), "offered " + count_text(flat.offered),
                                   "delivered " + count_text(flat.delivered), "missed " + count_text(flat.missed)};
    if (flat.interrupted > 0) parts.push_back("interrupted at the end " + count_text(flat.interrupted));
    return parts;
}

std::vector<std::string> agents(const RunResult& result) {
    std::vector<std::string> parts;
    std::size_t hidden = 0;
    for (const results::AgentResult& agent : result.agents) {
        if (parts.size() >= kShownAgents && !agent.lost_at_millis) {
            ++hidden;
            continue;
        }
        std::string text =
            one_line(agent.name) + " " + count_text(report::only_step(report::flattened(agent.totals)).requests);
        if (agent.lost_at_millis)
            text += ", lost at " + report::clock_text(static_cast<double>(*agent.lost_at_millis) / 1000.0);
        parts.push_back(std::move(text));
    }
    if (hidden > 0) parts.push_back(fmt::format("{} more", hidden));
    return parts;
}

std::vector<std::string> trust(const RunResult& result, const TextStyle& style) {
    if (result.valid()) return {paint("VALID", Tone::Good, style)};
    std::vector<std::string> parts;
    for (const results::TrustReason& reason : result.trust) parts.push_back(one_line(reason.text));
    parts.front() = paint("SUSPECT", Tone::Warning, style) + ": " + parts.front();
    return parts;
}

std::string ledger(const results::Ledger& sums) {
    std::string text = fmt::format("{} interval{} merged, {} twice, {} unknown", count_text(sums.reported),
                                   sums.reported == 1 ? "" : "s", count_text(sums.duplicated), count_text(sums.lost));
    if (sums.folded > 0) text += ", " + count_text(sums.folded) + " folded";
    return text + (sums.balanced ? "" : ", not balanced");
}

std::vector<std::string> files(const report::WrittenReport& written) {
    std::vector<std::string> parts = written.files;
    std::stable_partition(parts.begin(), parts.end(), [](const std::string& name) { return name == "report.html"; });
    if (!parts.empty()) parts.front() = (written.folder / parts.front()).string();
    return parts;
}

std::string measured(const RunResult& result, const TextStyle& style) {
    std::string out = thresholds(result, style) + steps(result, style) + "\n";
    if (const auto parts = errors(result); !parts.empty()) out += paragraph("ERRORS", parts, " · ", style);
    out += paragraph("LOAD", load(result), " · ", style);
    out += paragraph("AGENTS", agents(result), " · ", style);
    out += paragraph("TRUST", trust(result, style), " · ", style);
    return out + paragraph("LEDGER", {ledger(result.ledger)}, " · ", style);
}

std::string_view meaning_of(ExitCode code) {
    for (const ExitCodeText& text : exit_code_texts()) {
        if (text.code == code) return text.meaning;
    }
    return "";
}

}  // namespace

std::string summary(const RunResult& result, const report::WrittenReport& written, ExitCode code,
                    const TextStyle& style) {
    std::string out = head(result, style);
    if (!never_started(result)) out += measured(result, style);
    if (!written.files.empty()) out += paragraph("FILES", files(written), " · ", style);
    for (const Error& problem : written.problems)
        out += paint("✗", Tone::Bad, style) + " " + one_line(problem.message) + "\n";
    if (!written.problems.empty() && !written.files.empty())
        out +=
            "The files named above are complete; write all of them again: culvert report " + one_line(result.id) + "\n";
    const std::string end = fmt::format("exit {}: {}.", static_cast<int>(code), meaning_of(code));
    out += "\n" + end;
    if (!written.files.empty() && !never_started(result)) {
        const std::string next = "Next: open " + files(written).front();
        out += (width_of(end) + 3 + width_of(next) > style.width ? "\n" : "   ") + next;
    }
    return finish(out + "\n", style);
}

}  // namespace culvert::cli::render
