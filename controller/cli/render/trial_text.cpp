#include "controller/cli/render/trial_text.h"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "common/base/text.h"
#include "controller/cli/render/http_body.h"
#include "controller/report/number_format.h"

namespace culvert::cli::render {
namespace {

using metrics::Exchange;
using metrics::HttpText;
using Ending = Exchange::Ending;

std::string step_name(const workload::Plan& plan, std::uint32_t scenario, std::uint32_t step) {
    return one_line(plan.scenarios.at(scenario).name + "/" + plan.scenarios[scenario].request_names.at(step));
}

std::string time_text(std::optional<std::uint64_t> micros) {
    return micros ? report::latency_text(static_cast<double>(*micros)) : std::string(report::kUnknown);
}

std::string title(const Exchange& exchange, std::size_t number, const workload::Plan& plan, const TextStyle& style) {
    std::string name = fmt::format("{} {}", number, step_name(plan, exchange.scenario, exchange.step));
    if (exchange.attempt > 0) name += fmt::format(", attempt {}", exchange.attempt + 1);
    const std::string status = exchange.status == 0 ? "no answer" : fmt::format("{}", exchange.status);
    const Tone tone = exchange.ending != Ending::Final ? Tone::Plain : exchange.ok() ? Tone::Good : Tone::Bad;
    std::string facts = fmt::format("dns {}, connect {}, tls {}, first byte {}", time_text(exchange.dns_micros),
                                    time_text(exchange.connect_micros), time_text(exchange.tls_micros),
                                    time_text(exchange.first_byte_micros));
    if (!exchange.remote_address.empty()) facts += "; " + one_line(exchange.remote_address);
    return fmt::format("{}   {} {} → {} in {}   {}\n", paint(name, Tone::Strong, style), one_line(exchange.method),
                       one_line(exchange.url), paint(status, tone, style),
                       report::latency_text(static_cast<double>(exchange.latency_micros)),
                       paint("(" + facts + ")", Tone::Dim, style));
}

// Each line of `text` behind `mark`.
std::string marked(std::string_view text, std::string_view mark, const TextStyle& style) {
    std::string out;
    for (std::string_view line : split(text, '\n')) {
        if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
        std::string plain(line);
        std::replace(plain.begin(), plain.end(), '\t', ' ');
        out += "  " + paint(mark, Tone::Dim, style) + (plain.empty() ? "" : " " + one_line(plain)) + "\n";
    }
    return out;
}

std::string body_text(const HttpText& text) {
    if (!is_readable(text.body)) {
        const std::string type = header_value(text.head, "content-type");
        return fmt::format("({} of {}, not text)", report::bytes_text(text.body_size),
                           type.empty() ? "unknown type" : type);
    }
    if (text.cut) return text.body;
    std::string_view whole = text.body;
    while (!whole.empty() && (whole.back() == '\n' || whole.back() == '\r')) whole.remove_suffix(1);
    return pretty_json(whole).value_or(std::string(whole));
}

std::string direction(const HttpText& text, std::string_view mark, const TextStyle& style) {
    if (text.head.empty()) return "";
    std::string out = marked(text.head, mark, style);
    if (text.body_size > 0) out += marked("", mark, style) + marked(body_text(text), mark, style);
    if (!text.cut) return out;
    const std::string shown = fmt::format("… cut: {} of {} of the body are here", report::bytes_text(text.body.size()),
                                          report::bytes_text(text.body_size));
    return out + "  " + paint(shown, Tone::Warning, style) + "\n";
}

std::string check_line(const metrics::CheckResult& check, const TextStyle& style) {
    const std::string sign = check.holds ? paint("✓", Tone::Good, style) : paint("✗", Tone::Bad, style);
    std::string line = "  " + sign + " " + one_line(check.check);
    const bool said = check.found.empty() || (check.holds && check.check.ends_with(check.found));
    if (!said) line += (check.holds ? ": " : ": was ") + one_line(check.found);
    return line + "\n";
}

std::string outcome_lines(const Exchange& exchange, const TextStyle& style) {
    std::string out;
    for (const metrics::CheckResult& check : exchange.checks) out += check_line(check, style);
    for (const metrics::SavedValue& save : exchange.saves)
        out += fmt::format("  {} = {}\n", one_line(save.variable), one_line(save.value));
    const bool told = exchange.error == metrics::ErrorKind::Check &&
                      std::any_of(exchange.checks.begin(), exchange.checks.end(),
                                  [](const metrics::CheckResult& check) { return !check.holds; });
    if (exchange.error && !told) {
        const std::string where = exchange.status == 0 ? fmt::format(" (during: {})", exchange.phase) : "";
        out += "  " + paint("✗", Tone::Bad, style) + " " + one_line(exchange.what + where) + "\n";
    }
    if (exchange.ending == Ending::Redirected) out += "  " + paint("→ followed:", Tone::Dim, style) + "\n";
    if (exchange.ending == Ending::Retried)
        out += "  " + paint("→ the server had closed the connection; sent again:", Tone::Dim, style) + "\n";
    if (exchange.ending == Ending::Interrupted) out += "  " + paint("interrupted", Tone::Warning, style) + "\n";
    return out;
}

std::string listed(const std::vector<std::string>& names) {
    constexpr std::size_t kMostNames = 20;
    std::string text;
    for (std::size_t i = 0; i < names.size() && i < kMostNames; ++i) text += (i == 0 ? "" : ", ") + names[i];
    if (names.size() > kMostNames) text += fmt::format(" and {} more", names.size() - kMostNames);
    return text;
}

std::vector<std::string> names_of(const workload::Plan& plan, const std::vector<bool>& chosen) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < chosen.size(); ++i) {
        if (chosen[i]) names.push_back(one_line(plan.scenarios.at(i).name));
    }
    return names;
}

}  // namespace

std::vector<std::string> steps_not_reached(const workload::Plan& plan, const run::TrialChoice& choice,
                                           const std::vector<Exchange>& exchanges) {
    std::set<std::pair<std::uint32_t, std::uint32_t>> reached;
    for (const Exchange& exchange : exchanges) reached.emplace(exchange.scenario, exchange.step);
    std::vector<std::string> names;
    for (std::uint32_t scenario = 0; scenario < plan.scenarios.size(); ++scenario) {
        if (!choice.carried.at(scenario)) continue;
        for (std::uint32_t step = 0; step < plan.scenarios[scenario].request_names.size(); ++step) {
            if (reached.count({scenario, step}) == 0) names.push_back(step_name(plan, scenario, step));
        }
    }
    return names;
}

std::string trial_head(const workload::Plan& plan, const run::TrialChoice& choice, const TextStyle& style) {
    std::string labels;
    for (const auto& [label, value] : choice.agent.labels)
        labels += fmt::format("{}{}={}", labels.empty() ? "" : ", ", label, value);
    std::string out = fmt::format(
        "Trying {} on {}{}: one user, one iteration of {}; think times are left out\n",
        paint(one_line(plan.name), Tone::Strong, style), paint(one_line(choice.agent.name), Tone::Strong, style),
        labels.empty() ? "" : " (" + one_line(labels) + ")", listed(names_of(plan, choice.carried)));
    for (std::size_t i = 0; i < choice.left_out.size(); ++i) {
        if (!choice.left_out[i]) continue;
        out += fmt::format("Not on this agent: {}, which is for agents with {}; culvert try --scenario {}\n",
                           one_line(plan.scenarios.at(i).name),
                           one_line(roster::selector_text(plan.scenarios[i].agents)), one_line(plan.scenarios[i].name));
    }
    return finish(out + "\n", style);
}

std::string trial_exchange(const Exchange& exchange, std::size_t number, const workload::Plan& plan,
                           const TextStyle& style) {
    return finish(title(exchange, number, plan, style) + direction(exchange.request, ">", style) +
                      direction(exchange.response, "<", style) + outcome_lines(exchange, style) + "\n",
                  style);
}

std::string trial_end(const workload::Plan& plan, const run::TrialChoice& choice,
                      const std::vector<Exchange>& exchanges, const TextStyle& style) {
    std::size_t requests = 0, number = 0;
    std::vector<std::string> failed;
    for (const Exchange& exchange : exchanges) {
        if (exchange.attempt == 0) ++number;
        if (exchange.ending != Ending::Final) continue;
        ++requests;
        if (!exchange.ok())
            failed.push_back(fmt::format("{} {}", number, step_name(plan, exchange.scenario, exchange.step)));
    }
    const auto counted = [](std::size_t count) { return fmt::format("{} request{}", count, count == 1 ? "" : "s"); };
    std::string out;
    if (requests == 0) {
        out = paint("✗", Tone::Bad, style) + " no request was made\n";
    } else if (failed.empty()) {
        out = paint("✓", Tone::Good, style) + fmt::format(" {}, none failed\n", counted(requests));
    } else {
        out = paint("✗", Tone::Bad, style) +
              fmt::format(" {} of {} failed: {}\n", failed.size(), counted(requests), listed(failed));
    }
    const std::vector<std::string> unreached = steps_not_reached(plan, choice, exchanges);
    if (!unreached.empty()) out += "  not reached: " + listed(unreached) + "\n";
    return finish(out, style);
}

}  // namespace culvert::cli::render
