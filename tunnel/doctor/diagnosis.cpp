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

}  // namespace

const char* to_string(Hop hop) {
    switch (hop) {
        case Hop::Config:
            return "config";
        case Hop::Clock:
            return "clock";
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
    }
    return "?";
}

std::string line_of(const Check& check, std::size_t number, bool unicode) {
    std::string line = fmt::format("{:>2} {:<13}  {}  {}", number, to_string(check.hop),
                                   mark_of(check.outcome, unicode), printable(check.detail));
    if (check.took > Duration::zero()) line += fmt::format("  ({:.0f} ms)", milliseconds(check.took));
    return line;
}

std::string text_of(const Diagnosis& diagnosis, bool unicode) {
    std::string text = fmt::format("{} {} {} {} {} {} {} checks, {:.1f} s\n", diagnosis.program, unicode ? "·" : "-",
                                   diagnosis.node, unicode ? "·" : "-", printable(diagnosis.relay), unicode ? "·" : "-",
                                   diagnosis.checks.size(), milliseconds(diagnosis.took) / 1000);
    for (std::size_t i = 0; i < diagnosis.checks.size(); ++i)
        text += line_of(diagnosis.checks[i], i + 1, unicode) + "\n";
    return text + "\n" + verdict_of(diagnosis);
}

std::string verdict_of(const Diagnosis& diagnosis) {
    std::string text = diagnosis.verdict;
    if (diagnosis.advice) text += " " + printable(diagnosis.advice->cause);
    text += "\n";
    if (diagnosis.advice && !diagnosis.advice->ask.empty())
        text += "To ask the network team for:  " + printable(diagnosis.advice->ask) + "\n";
    if (diagnosis.advice && !diagnosis.advice->yaml.empty())
        text += "To write in the configuration:\n" + diagnosis.advice->yaml;
    return text;
}

std::string json_of(const Diagnosis& diagnosis) {
    nlohmann::ordered_json checks = nlohmann::ordered_json::array();
    for (const Check& check : diagnosis.checks) {
        checks.push_back({{"hop", to_string(check.hop)},
                          {"outcome", word_of(check.outcome)},
                          {"detail", printable(check.detail)},
                          {"took_ms", milliseconds(check.took)}});
    }
    nlohmann::ordered_json all = {{"version", 1},
                                  {"program", diagnosis.program},
                                  {"node", diagnosis.node},
                                  {"relay", diagnosis.relay},
                                  {"checks", std::move(checks)},
                                  {"verdict", diagnosis.verdict},
                                  {"exit_code", static_cast<int>(diagnosis.exit)}};
    if (diagnosis.advice)
        all["advice"] = {
            {"cause", diagnosis.advice->cause}, {"ask", diagnosis.advice->ask}, {"yaml", diagnosis.advice->yaml}};
    return all.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace culvert::tunnel::doctor
