#include "tunnel/doctor/diagnosis.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace culvert::tunnel::doctor {
namespace {

constexpr std::size_t kLongestDetail = 2000;

const char* mark_of(Outcome outcome, bool unicode) {
    switch (outcome) {
        case Outcome::Passed:
            return unicode ? "✓" : "ok";
        case Outcome::Noted:
            return unicode ? "!" : "! ";
        case Outcome::Failed:
            return unicode ? "✗" : "X ";
        case Outcome::NotSeen:
            return unicode ? "–" : "- ";
    }
    return "?";
}

const char* word_of(Outcome outcome) {
    switch (outcome) {
        case Outcome::Passed:
            return "passed";
        case Outcome::Noted:
            return "noted";
        case Outcome::Failed:
            return "failed";
        case Outcome::NotSeen:
            return "not_seen";
    }
    return "?";
}

double milliseconds(Duration duration) {
    return std::chrono::duration<double, std::milli>(duration).count();
}

// A relay's, proxy's or page's words may stand in it: nothing that drives the terminal, and no second line.
std::string printable(std::string_view text) {
    std::string out(text.substr(0, kLongestDetail));
    std::replace_if(
        out.begin(), out.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
    return out;
}

// Of the check that shows the cause, from 1; 0: none does.
std::size_t number_of(const Diagnosis& diagnosis) {
    if (!diagnosis.advice || !diagnosis.advice->at) return 0;
    for (std::size_t i = diagnosis.checks.size(); i > 0; --i) {
        if (diagnosis.checks[i - 1].hop == *diagnosis.advice->at) return i;
    }
    return 0;
}

}  // namespace

const char* to_string(Hop hop) {
    switch (hop) {
        case Hop::Config:
            return "config";
        case Hop::WhichProxy:
            return "which proxy";
        case Hop::ReachProxy:
            return "reach proxy";
        case Hop::Connect:
            return "CONNECT";
        case Hop::Tls:
            return "TLS";
        case Hop::WebSocket:
            return "WebSocket";
        case Hop::LongPoll:
            return "long-poll";
        case Hop::Clock:
            return "clock";
        case Hop::Admission:
            return "admission";
        case Hop::Echo:
            return "echo";
        case Hop::IdleCut:
            return "idle cut";
        case Hop::MaximumAge:
            return "max age";
        case Hop::Buffering:
            return "buffering";
        case Hop::Target:
            return "target";
    }
    return "?";
}

std::string line_of(const Check& check, std::size_t number, bool unicode) {
    std::string line = fmt::format("{:>2} {:<13} {}  {}", number, to_string(check.hop), mark_of(check.outcome, unicode),
                                   printable(check.detail));
    const double took = milliseconds(check.took);
    if (took >= 0.05) line += fmt::format("  ({:.{}f} ms)", took, took < 10 ? 1 : 0);
    return line;
}

std::string headline_of(const Diagnosis& diagnosis, bool unicode) {
    const char* const dot = unicode ? "·" : "-";
    return fmt::format("{} {} {} {} {}\n", diagnosis.program, dot, printable(diagnosis.node), dot,
                       printable(diagnosis.relay));
}

std::string text_of(const Diagnosis& diagnosis, bool unicode) {
    std::string text = headline_of(diagnosis, unicode);
    for (std::size_t i = 0; i < diagnosis.checks.size(); ++i)
        text += line_of(diagnosis.checks[i], i + 1, unicode) + "\n";
    return text + "\n" + verdict_of(diagnosis) + ending_of(diagnosis) + "\n";
}

std::string verdict_of(const Diagnosis& diagnosis) {
    std::string text = diagnosis.verdict;
    if (diagnosis.advice) {
        text += " " + printable(diagnosis.advice->cause);
        if (const std::size_t number = number_of(diagnosis); number > 0) text += fmt::format(" (check {})", number);
    }
    text += "\n";
    if (diagnosis.advice && !diagnosis.advice->ask.empty())
        text += "To ask the network team for:  " + printable(diagnosis.advice->ask) + "\n";
    if (diagnosis.advice && !diagnosis.advice->yaml.empty())
        text += fmt::format("To write in {}:\n{}",
                            diagnosis.config_file.empty() ? "the configuration" : diagnosis.config_file,
                            diagnosis.advice->yaml);
    return text;
}

std::string ending_of(const Diagnosis& diagnosis) {
    const bool notes = std::any_of(diagnosis.checks.begin(), diagnosis.checks.end(),
                                   [](const Check& check) { return check.outcome == Outcome::Noted; });
    return fmt::format("exit {}{}; {} checks in {:.1f} s", static_cast<int>(diagnosis.exit),
                       notes ? ", with notes" : "", diagnosis.checks.size(), milliseconds(diagnosis.took) / 1000);
}

std::string json_of(const Diagnosis& diagnosis) {
    nlohmann::ordered_json checks = nlohmann::ordered_json::array();
    for (const Check& check : diagnosis.checks) {
        nlohmann::ordered_json entry = {{"hop", to_string(check.hop)},
                                        {"outcome", word_of(check.outcome)},
                                        {"detail", printable(check.detail)},
                                        {"took_ms", milliseconds(check.took)}};
        for (const auto& [name, value] : check.facts) entry["facts"][name] = printable(value);
        checks.push_back(std::move(entry));
    }
    nlohmann::ordered_json all = {{"version", 1},
                                  {"program", diagnosis.program},
                                  {"node", diagnosis.node},
                                  {"config", diagnosis.config_file},
                                  {"relay", diagnosis.relay},
                                  {"checks", std::move(checks)},
                                  {"verdict", diagnosis.verdict},
                                  {"exit_code", static_cast<int>(diagnosis.exit)}};
    if (diagnosis.advice) {
        all["advice"] = {{"cause", printable(diagnosis.advice->cause)},
                         {"ask", printable(diagnosis.advice->ask)},
                         {"yaml", diagnosis.advice->yaml}};
        if (diagnosis.advice->at) all["advice"]["hop"] = to_string(*diagnosis.advice->at);
    }
    return all.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace culvert::tunnel::doctor
