#include <catch2/catch.hpp>

#include <nlohmann/json.hpp>

#include "common/metrics/histogram.h"
#include "controller/report/flatten.h"
#include "controller/report/report_files.h"
#include "tests/support/sample_result.h"
#include "tests/unit/controller/report/json_schema.h"

using namespace culvert;
using Json = nlohmann::ordered_json;

namespace {

const results::RunResult& sample() {
    static const results::RunResult result = test::sample_result();
    return result;
}

Json sample_json() {
    return Json::parse(report::report_json(sample()));
}

}  // namespace

TEST_CASE("report.json begins with its version and has the keys of the contract in their order", "[report]") {
    const Json report = sample_json();
    std::vector<std::string> keys;
    for (const auto& [key, value] : report.items()) keys.push_back(key);
    CHECK(keys == std::vector<std::string>{"version", "run", "totals", "ledger", "scenarios", "agents", "timeline",
                                           "histograms", "events", "findings", "errors"});
    CHECK(report["version"] == 1);
}

TEST_CASE("report.json says what the merged result says", "[report]") {
    const Json report = sample_json();
    const metrics::ScenarioStats flat = report::flattened(sample().totals);
    const metrics::StepStats& all = report::only_step(flat);
    CHECK(report["totals"]["requests"] == all.requests);
    CHECK(report["totals"]["failures"] == all.failures);
    CHECK(report["totals"]["planned"] == flat.planned);
    CHECK(report["totals"]["missed_slots"] == flat.missed);
    CHECK(report["run"]["verdict"] == "FAIL");
    CHECK(report["run"]["trust"]["stamp"] == "SUSPECT");
    CHECK(report["run"]["thresholds"][2]["state"] == "fail");
    CHECK(report["run"]["thresholds"][2]["first_crossed"] == 312);
    CHECK(report["run"]["started_at"] == "2026-09-21T14:13:20.000Z");
    CHECK(report["agents"][2]["lost_at"] == 182.0);
    CHECK(report["agents"][0]["lost_at"].is_null());
    CHECK(report["timeline"].size() == sample().timeline.size());
}

TEST_CASE("the parts of report.json add up", "[report]") {
    const Json report = sample_json();
    std::uint64_t by_step = 0;
    std::uint64_t by_agent = 0;
    std::uint64_t by_second = 0;
    std::uint64_t errors = 0;
    for (const Json& scenario : report["scenarios"]) {
        for (const Json& step : scenario["steps"]) by_step += step["requests"].get<std::uint64_t>();
    }
    for (const Json& agent : report["agents"]) by_agent += agent["requests"].get<std::uint64_t>();
    for (const Json& row : report["timeline"])
        by_second += row["warmup"].get<bool>() ? 0 : row["requests"].get<std::uint64_t>();
    for (const Json& row : report["errors"]) errors += row["count"].get<std::uint64_t>();
    CHECK(by_step == report["totals"]["requests"]);
    CHECK(by_agent == report["totals"]["requests"]);
    CHECK(by_second == report["totals"]["requests"]);
    CHECK(errors == report["totals"]["failures"]);
}

TEST_CASE("latencies without a sample are null, not zero", "[report]") {
    results::RunResult empty;
    empty.id = "0";
    empty.plan = test::sample_plan();
    empty.totals.resize(2);
    for (std::size_t i = 0; i < 2; ++i) empty.totals[i].steps.resize(i == 0 ? 2 : 1);
    const Json report = Json::parse(report::report_json(empty));
    CHECK(report["totals"]["latency_ms"]["p95"].is_null());
    CHECK(report["scenarios"][0]["steps"][0]["phases_ms"]["dns"]["mean"].is_null());
    CHECK(test::schema_problems(test::report_schema(), report).empty());
}

TEST_CASE("a produced report.json keeps docs/report.schema.json, and the schema describes every field", "[report]") {
    const std::vector<std::string> problems = test::schema_problems(test::report_schema(), sample_json());
    for (const std::string& problem : problems) CHECK(problem.empty());
    CHECK(test::undescribed_fields(test::report_schema()).empty());
}

TEST_CASE("the schema refuses what is not a report", "[report]") {
    Json report = sample_json();
    report["run"]["verdict"] = "MAYBE";
    CHECK_FALSE(test::schema_problems(test::report_schema(), report).empty());
    report = sample_json();
    report["run"].erase("trust");
    CHECK_FALSE(test::schema_problems(test::report_schema(), report).empty());
    report = sample_json();
    report["surprise"] = 1;
    CHECK_FALSE(test::schema_problems(test::report_schema(), report).empty());
}

TEST_CASE("bodies that are not UTF-8 do not break the report", "[report]") {
    results::RunResult result = test::sample_result();
    result.examples[0].example.body = "caf\xe9 \xff";
    CHECK(Json::parse(report::report_json(result))["errors"].size() > 0);
}
