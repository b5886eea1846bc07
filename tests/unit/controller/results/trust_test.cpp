#include <catch2/catch.hpp>

#include "controller/results/trust.h"
#include "sample_run.h"

using namespace culvert;
using namespace culvert::results;

namespace {

RunResult healthy(const std::string& thresholds = "") {
    RunResult result;
    result.plan = sample_plan(thresholds);
    result.state = RunState::Finished;
    result.agents.resize(2);
    for (std::size_t i = 0; i < 2; ++i) {
        AgentResult& agent = result.agents[i];
        agent.name = i == 0 ? "a" : "b";
        agent.state = AgentState::Finished;
        agent.lateness.record_micros(60, 1000);
        agent.cpu_percent_max = 40;
        agent.measured_seconds = 60;
        agent.clock_error_ms = 0.8;
        agent.totals.resize(2);
    }
    result.totals.resize(2);
    result.totals[0].planned = 600;
    result.ledger = {.sent = 120, .reported = 120, .lost = 0, .duplicated = 0, .folded = 0, .balanced = true};
    return result;
}

TrustReason only_reason(const RunResult& result) {
    const auto reasons = assess_trust(result);
    REQUIRE(reasons.size() == 1);
    return reasons.front();
}

}  // namespace

TEST_CASE("a healthy run is VALID", "[results]") {
    CHECK(assess_trust(healthy()).empty());
}

TEST_CASE("each reason of doubt has its id, limit and value", "[results]") {
    RunResult result = healthy();
    SECTION("lateness") {
        result.agents[1].lateness.record_micros(40'000, 500);
        const TrustReason reason = only_reason(result);
        CHECK(reason.id == "lateness");
        CHECK(reason.limit == "p99 ≤ 10 ms");
        CHECK(reason.value == "40 ms");
        CHECK(reason.text.find("b ") == 0);
        CHECK(reason.spoils == "latency");
    }
    SECTION("missed slots") {
        result.totals[0].missed = 6;
        CHECK(only_reason(result).id == "missed_slots");
        CHECK(only_reason(result).value == "1 %");
    }
    SECTION("the generator's CPU, unless it was a single peak") {
        result.agents[0].cpu_percent_max = 99;
        result.agents[0].busy_seconds = 2;
        CHECK(assess_trust(result).empty());
        result.agents[0].busy_seconds = 30;
        CHECK(only_reason(result).id == "generator_cpu");
    }
    SECTION("ports and files") {
        result.agents[0].totals[0].steps.resize(1);
        result.agents[0].totals[0].steps[0].errors[static_cast<std::size_t>(metrics::ErrorKind::Resources)] = 4;
        CHECK(only_reason(result).id == "ports_exhausted");
        metrics::ErrorExample example;
        example.kind = metrics::ErrorKind::Resources;
        example.what = "too many open files";
        result.examples.push_back({example, "a"});
        CHECK(only_reason(result).id == "files_exhausted");
    }
    SECTION("clocks") {
        result.agents[0].clock_error_ms = 400;
        CHECK(only_reason(result).id == "clock_error");
        CHECK(only_reason(result).value == "±400 ms");
    }
    SECTION("folded intervals") {
        result.ledger.folded = 7;
        CHECK(only_reason(result).id == "folded_intervals");
    }
    SECTION("a ledger that does not balance, once the run is over") {
        result.ledger.balanced = false;
        CHECK(only_reason(result).id == "ledger");
        result.state = RunState::Running;
        CHECK(assess_trust(result).empty());
    }
    SECTION("a lost agent, and VALID again when it is back") {
        result.agents[0].state = AgentState::Lost;
        CHECK(only_reason(result).id == "lost_agent");
        CHECK(only_reason(result).text == "a lost (VALID again if it returns with its spool)");
        result.agents[0].state = AgentState::Finished;
        CHECK(assess_trust(result).empty());
    }
}

TEST_CASE("a reason touches a threshold only if it spoils what that measures", "[results]") {
    RunResult late = healthy("thresholds: [ error_rate < 1% ]\n");
    late.agents[0].lateness.record_micros(40'000, 500);
    CHECK_FALSE(only_reason(late).touches_threshold);
    late.plan = sample_plan("thresholds: [ p95 < 1s ]\n");
    CHECK(only_reason(late).touches_threshold);

    RunResult folded = healthy("thresholds: [ p95 < 1s ]\n");
    folded.ledger.folded = 1;
    CHECK_FALSE(only_reason(folded).touches_threshold);
    folded.plan = sample_plan("thresholds: [ p95 < 1s over 10s ]\n");
    CHECK(only_reason(folded).touches_threshold);

    RunResult lost = healthy("thresholds: [ errors < 1 ]\n");
    lost.agents[0].state = AgentState::Lost;
    CHECK(only_reason(lost).touches_threshold);
}
