#include <algorithm>
#include <chrono>
#include <functional>

#include <catch2/catch.hpp>

#include "controller/report/finding_rules.h"
#include "controller/report/findings.h"
#include "tests/support/sample_result.h"

using namespace culvert;
using namespace std::chrono_literals;

namespace {

metrics::StepStats answers(std::uint64_t count, std::uint64_t micros) {
    metrics::StepStats step;
    step.requests = count;
    step.latency.record_micros(micros, count);
    step.send_latency.record_micros(micros, count);
    return step;
}

// A run of one step whose seconds are made by `make(second)`.
results::RunResult run_of(std::uint32_t seconds, const std::function<metrics::StepStats(std::uint32_t)>& make) {
    results::RunResult result;
    auto plan = std::make_shared<workload::Plan>();
    plan->scenarios.resize(1);
    plan->scenarios[0].name = "one";
    plan->scenarios[0].request_names = {"get"};
    plan->scenarios[0].load = {
        workload::RampRate{Rate::per_second(0), Rate::per_second(100), std::chrono::seconds(seconds)}};
    result.plan = plan;
    result.totals.resize(1);
    result.totals[0].steps.resize(1);
    for (std::uint32_t second = 0; second < seconds; ++second) {
        results::SecondResult row;
        row.second = second;
        row.scenarios.resize(1);
        row.scenarios[0].steps = {make(second)};
        row.scenarios[0].planned = row.scenarios[0].offered = row.scenarios[0].delivered =
            row.scenarios[0].steps[0].requests;
        result.totals[0].merge(row.scenarios[0]);
        result.timeline.push_back(std::move(row));
    }
    return result;
}

bool has(const std::vector<report::Finding>& findings, const std::string& id) {
    return std::any_of(findings.begin(), findings.end(),
                       [&](const report::Finding& finding) { return finding.id == id; });
}

}  // namespace

TEST_CASE("an even run has no findings", "[report]") {
    CHECK(report::find_findings(run_of(60, [](std::uint32_t) { return answers(50, 20'000); })).empty());
}

TEST_CASE("a run that ended before it made a request says why, and nothing else", "[report]") {
    results::RunResult result;
    result.state = results::RunState::Failed;
    result.state_reason = "fra-1: 127.0.0.1:81 is not in charter.targets";
    const auto findings = report::find_findings(result);
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].id == "nothing_measured");
    CHECK(findings[0].why == "fra-1: 127.0.0.1:81 is not in charter.targets.");
}

TEST_CASE("a run without a single sample has no findings and does not fail", "[report]") {
    CHECK(report::find_findings(results::RunResult{}).empty());
}

TEST_CASE("the sample run's failing step, its stall and its slow region are found", "[report]") {
    const std::vector<report::Finding> findings = report::find_findings(test::sample_result());
    REQUIRE(findings.size() >= 3);
    CHECK(findings[0].id == "error_step");
    CHECK(findings[0].what.find("browse/add to cart") == 0);
    CHECK(findings[0].why.find("HTTP 500") != std::string::npos);
    CHECK(findings[0].why.find("mostly from 05:00 to 05:25") != std::string::npos);
    CHECK(has(findings, "stall"));
    CHECK(has(findings, "slow_region"));
}

TEST_CASE("a knee is the rate at which p95 doubles and stays", "[report]") {
    const auto result =
        run_of(120, [](std::uint32_t second) { return answers(10 + second, second < 90 ? 20'000 : 80'000); });
    REQUIRE(report::knee_rate(result));
    CHECK(*report::knee_rate(result) == Approx(104).margin(6));
    CHECK(has(report::find_knee(result), "knee"));
}

TEST_CASE("a peak that passes is no knee", "[report]") {
    const auto result = run_of(
        120, [](std::uint32_t second) { return answers(10 + second, second > 70 && second < 80 ? 80'000 : 20'000); });
    CHECK_FALSE(report::knee_rate(result));
}

TEST_CASE("a cold start is compared with the rest of the run", "[report]") {
    const auto cold = run_of(60, [](std::uint32_t second) { return answers(50, second < 5 ? 200'000 : 20'000); });
    CHECK(has(report::find_cold_start(cold), "cold_start"));
    auto warm = cold;
    for (std::uint32_t second = 0; second < 5; ++second) warm.timeline[second].warmup = true;
    CHECK(report::find_cold_start(warm).empty());
}

TEST_CASE("missed slots and late agents are saturation", "[report]") {
    auto result = run_of(60, [](std::uint32_t) { return answers(50, 20'000); });
    result.totals[0].planned += 200;
    result.totals[0].missed += 200;
    results::AgentResult late;
    late.name = "a1";
    late.lateness.record_micros(3000, 500);
    result.agents.push_back(late);
    const std::vector<report::Finding> findings = report::find_saturation(result);
    REQUIRE(findings.size() == 2);
    CHECK(findings[0].id == "lost_load");
    CHECK(findings[1].id == "saturation");
    CHECK(findings[1].what == "a1 started iterations late.");
}

TEST_CASE("a phase that takes a fifth of a step's time is named", "[report]") {
    auto result = run_of(60, [](std::uint32_t) { return answers(50, 20'000); });
    result.totals[0].steps[0].phases.dns = {3000 * 5'000, 3000};
    CHECK(has(report::find_slow_phases(result), "slow_dns"));
    result.totals[0].steps[0].phases.dns = {3000 * 1'000, 3000};
    CHECK(report::find_slow_phases(result).empty());
}
