// report.json: the contract for programs.
#include <nlohmann/json.hpp>

#include "controller/report/report_document.h"
#include "controller/report/report_files.h"

namespace culvert::report {
namespace {

// The order of the keys in the contract: what is read first stands first, what is long stands last.
nlohmann::ordered_json whole_report(const results::RunResult& result) {
    const nlohmann::ordered_json head = head_json(result);
    nlohmann::ordered_json whole;
    for (const char* key : {"version", "run", "totals", "ledger", "scenarios", "agents"}) whole[key] = head.at(key);
    whole["timeline"] = timeline_json(result);
    whole["histograms"] = histograms_json(result);
    for (const char* key : {"events", "findings", "errors"}) whole[key] = head.at(key);
    return whole;
}

constexpr auto kReplaceBrokenText =
    nlohmann::ordered_json::error_handler_t::replace;  // bodies of foreign servers need not be UTF-8

}  // namespace

std::string report_json(const results::RunResult& result) {
    return whole_report(result).dump(2, ' ', false, kReplaceBrokenText) + "\n";
}

std::string events_jsonl(const results::RunResult& result) {
    const nlohmann::ordered_json head = head_json(result);
    std::string lines;
    for (const nlohmann::ordered_json& event : head.at("events"))
        lines += event.dump(-1, ' ', false, kReplaceBrokenText) + "\n";
    return lines;
}

}  // namespace culvert::report
