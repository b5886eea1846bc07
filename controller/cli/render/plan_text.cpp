#include "controller/cli/render/plan_text.h"

#include <chrono>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "controller/cli/render/table.h"
#include "controller/report/number_format.h"

namespace culvert::cli::render {
namespace {

using report::count_text;
using report::rate_text;

double seconds(Duration duration) {
    return std::chrono::duration<double>(duration).count();
}

std::string plural(std::uint64_t count, const std::string& word) {
    return count_text(count) + " " + word + (count == 1 ? "" : "s");
}

std::string scenario_text(const workload::ScenarioSummary& scenario, const TextStyle& style) {
    std::string out = paint(one_line(scenario.name), Tone::Strong, style) + " · " + one_line(scenario.agents) + " · " +
                      report::clock_text(seconds(scenario.length)) + "\n";
    for (const std::string& phase : scenario.phases) out += "  " + one_line(phase) + "\n";
    std::vector<std::string> facts;
    if (scenario.iterations > 0) facts.push_back(plural(scenario.iterations, "iteration"));
    if (scenario.open_model) {
        facts.push_back(fmt::format("at most {} iterations/s × {} = {} requests/s", rate_text(scenario.highest_rate),
                                    plural(scenario.requests_per_iteration, "request"),
                                    rate_text(scenario.highest_request_rate)));
    } else {
        facts.push_back(plural(scenario.requests_per_iteration, "request") + " an iteration");
    }
    if (scenario.closed_model) facts.push_back("at most " + plural(scenario.most_users, "user"));
    if (scenario.requests_once_per_user > 0)
        facts.push_back(plural(scenario.requests_once_per_user, "request") + " once per user");
    facts.push_back("finishes within " + to_string(scenario.finish_within));
    std::string line;
    for (const std::string& fact : facts) line += (line.empty() ? "  " : " · ") + fact;
    return out + line + "\n";
}

std::string member_table(const workload::PlanSummary& summary, const TextStyle& style) {
    std::vector<Column> columns{{"AGENT", Column::Side::Left}, {"weight"}, {"iterations/s"}, {"iterations"}, {"users"}};
    for (const workload::DataSummary& data : summary.data) columns.push_back({"rows of " + one_line(data.name)});
    Table table(columns);
    std::size_t number = 0;
    for (const workload::MemberSummary& member : summary.members) {
        std::vector<Cell> row{fmt::format("agent {}", ++number), report::significant_text(member.weight),
                              rate_text(member.highest_rate), count_text(member.iterations),
                              count_text(member.most_users)};
        for (const std::uint64_t rows : member.rows) row.emplace_back(count_text(rows));
        table.add(std::move(row));
    }
    return table.render(style);
}

}  // namespace

std::string plan_text(const workload::PlanSummary& summary, const TextStyle& style) {
    std::string out = paint("✓", Tone::Good, style) + " " + one_line(summary.name) + " · " +
                      report::clock_text(seconds(summary.length));
    if (summary.warmup.count() > 0) out += " · warm-up " + to_string(summary.warmup) + ", drawn but not counted";
    if (summary.iterations > 0) out += " · " + plural(summary.iterations, "iteration");
    if (summary.highest_request_rate > 0)
        out += " · at most " + rate_text(summary.highest_request_rate) + " requests/s";
    out += "\n";
    for (const workload::ScenarioSummary& scenario : summary.scenarios) out += "\n" + scenario_text(scenario, style);
    if (!summary.data.empty()) out += "\nDATA\n";
    for (const workload::DataSummary& data : summary.data)
        out += "  " + one_line(data.name) + ": " + plural(data.rows, "row") + " of " + one_line(data.csv) + ", " +
               one_line(data.use) + "\n";
    if (!summary.members.empty()) out += "\n" + member_table(summary, style);
    out += "\nTHRESHOLDS\n";
    for (const std::string& threshold : summary.thresholds) out += "  " + one_line(threshold) + "\n";
    if (summary.thresholds.empty()) out += "  none: the run will have no verdict\n";
    return finish(out, style);
}

std::string plan_json(const workload::PlanSummary& summary) {
    using Json = nlohmann::ordered_json;
    Json scenarios = Json::array();
    for (const workload::ScenarioSummary& one : summary.scenarios) {
        scenarios.push_back({{"name", one.name},
                             {"agents", one.agents},
                             {"phases", one.phases},
                             {"open_model", one.open_model},
                             {"closed_model", one.closed_model},
                             {"iterations", one.iterations},
                             {"highest_rate", one.highest_rate},
                             {"most_users", one.most_users},
                             {"requests_per_iteration", one.requests_per_iteration},
                             {"requests_once_per_user", one.requests_once_per_user},
                             {"highest_request_rate", one.highest_request_rate},
                             {"length_s", seconds(one.length)},
                             {"finish_within_s", seconds(one.finish_within)}});
    }
    Json data = Json::array();
    for (const workload::DataSummary& one : summary.data)
        data.push_back({{"name", one.name}, {"csv", one.csv}, {"rows", one.rows}, {"use", one.use}});
    Json members = Json::array();
    for (const workload::MemberSummary& one : summary.members) {
        members.push_back({{"weight", one.weight},
                           {"highest_rate", one.highest_rate},
                           {"iterations", one.iterations},
                           {"most_users", one.most_users},
                           {"rows", one.rows}});
    }
    const Json whole = {{"version", 1},
                        {"name", summary.name},
                        {"length_s", seconds(summary.length)},
                        {"warmup_s", seconds(summary.warmup)},
                        {"iterations", summary.iterations},
                        {"highest_request_rate", summary.highest_request_rate},
                        {"scenarios", scenarios},
                        {"data", data},
                        {"agents", members},
                        {"thresholds", summary.thresholds}};
    return whole.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace culvert::cli::render
