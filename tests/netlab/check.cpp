#include "check.h"

#include <algorithm>
#include <regex>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "common/base/text.h"
#include "lab.h"

namespace culvert::netlab {
namespace {

std::filesystem::path log_file(const LogRule& rule, const std::filesystem::path& folder) {
    if (rule.of == "agent") return folder / "agent1.log";
    if (rule.of == "controller" || rule.of == "relay") return folder / (rule.of + ".log");
    if (rule.of == "events") return folder / "out" / "events.jsonl";
    return rule.file.empty() ? folder / (rule.of + ".log") : folder / rule.of / rule.file;
}

int matches(const std::string& text, const std::regex& pattern) {
    int count = 0;
    for (const std::string_view line : split(text, '\n')) {
        if (std::regex_search(line.begin(), line.end(), pattern)) ++count;
    }
    return count;
}

}  // namespace

std::vector<std::string> check_run(const Expectation& expect, std::optional<demo::Exit> exit,
                                   const std::filesystem::path& report, std::size_t requests, Outcome& outcome) {
    if (!exit) return {"the run did not end"};
    std::vector<std::string> wrong;
    if (std::find(expect.run_exits.begin(), expect.run_exits.end(), *exit) == expect.run_exits.end())
        wrong.push_back(
            fmt::format("the run ended with exit code {}, not {}", *exit, fmt::join(expect.run_exits, " or ")));
    const auto read = nlohmann::json::parse(read_text(report), nullptr, false);
    if (read.is_discarded()) return wrong.push_back("the run left no report"), wrong;
    const auto number = [&read](const char* at) {
        return read.at(nlohmann::json::json_pointer(at)).get<std::int64_t>();
    };
    outcome.intervals = number("/ledger/sent");
    outcome.lost = number("/ledger/lost");
    if (*outcome.lost != 0) wrong.push_back(fmt::format("{} intervals were lost", *outcome.lost));
    if (read.at("ledger").at("balanced") != true) wrong.push_back("the ledger does not balance");
    // What a slow machine adds to the stamp is not the network's; what says that results are missing is.
    for (const auto& reason : read.at("run").at("trust").at("reasons")) {
        const auto id = reason.at("id").get<std::string>();
        if (id == "ledger" || id == "lost_agent" || id == "folded_intervals")
            wrong.push_back(fmt::format("the report is SUSPECT: {}", id));
    }
    const std::int64_t counted = number("/totals/requests") + number("/totals/interrupted");
    const auto served = static_cast<std::int64_t>(requests);
    if (number("/totals/requests") > served || counted < served)
        wrong.push_back(fmt::format("the target served {} requests, the report counts {}", served, counted));
    return wrong;
}

std::vector<std::string> check_logs(const std::vector<LogRule>& rules, const std::filesystem::path& folder,
                                    WhenMissing when) {
    std::vector<std::string> wrong;
    for (const LogRule& rule : rules) {
        const std::filesystem::path file = log_file(rule, folder);
        const int count = matches(read_text(file), std::regex(rule.pattern));
        if (count < rule.at_least)
            wrong.push_back(fmt::format("{} lines of {} match \"{}\", not {}", count, file.filename().string(),
                                        rule.pattern, rule.at_least));
        if (when == WhenMissing::Report && rule.at_most && count > *rule.at_most)
            wrong.push_back(fmt::format("{} lines of {} match \"{}\", at most {} may", count, file.filename().string(),
                                        rule.pattern, *rule.at_most));
    }
    return wrong;
}

std::string rounded(Duration duration) {
    const double ms = std::chrono::duration<double, std::milli>(duration).count();
    return ms < 1000 ? fmt::format("{:.0f} ms", ms) : fmt::format("{:.2f} s", ms / 1000);
}

}  // namespace culvert::netlab
