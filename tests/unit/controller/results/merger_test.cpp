#include <catch2/catch.hpp>

#include "controller/results/merger.h"
#include "sample_run.h"

using namespace culvert;
using namespace culvert::results;
using namespace std::chrono_literals;

namespace {

std::vector<MergerSeat> seats() {
    return {{"a", {{"region", "eu"}}, 1}, {"b", {{"region", "us"}}, 2}};
}

Merger make_merger(const std::string& more = "") {
    return Merger("r1", sample_plan(more), 7, seats());
}

FinalAccount account_of(const std::vector<metrics::Interval>& intervals) {
    FinalAccount account;
    account.intervals_sent = intervals.size();
    for (const metrics::Interval& one : intervals) account.totals.add(one);
    return account;
}

void end(Merger& merger) {
    merger.head().state = RunState::Finished;
    merger.finish();
}

}  // namespace

TEST_CASE("merge ignores an interval it has already counted", "[results]") {
    Merger merger = make_merger();
    CHECK(merger.merge("a", interval(1, 0, {10})) == Merger::Merged::Counted);
    CHECK(merger.merge("a", interval(1, 0, {10})) == Merger::Merged::Duplicate);
    CHECK(merger.merge("b", interval(1, 0, {10})) == Merger::Merged::Counted);
    const RunResult result = merger.snapshot();
    CHECK(result.totals[0].steps[0].requests == 20);
    CHECK(result.agents[0].intervals_merged == 1);
    CHECK(result.agents[0].intervals_duplicated == 1);
    CHECK(result.ledger.duplicated == 1);
}

TEST_CASE("the ledger balances when every agent's own totals are what was merged, bit for bit", "[results]") {
    Merger merger = make_merger();
    const std::vector<metrics::Interval> of_a{interval(1, 0, {10, 1, 3}), interval(2, 1, {7, 0, 900})};
    const std::vector<metrics::Interval> of_b{interval(1, 0, {}, {}, {5})};
    for (const auto& one : of_a) REQUIRE(merger.merge("a", one));
    for (const auto& one : of_b) REQUIRE(merger.merge("b", one));
    REQUIRE(merger.finish_agent("a", account_of(of_a)));
    SECTION("all equal") {
        REQUIRE(merger.finish_agent("b", account_of(of_b)));
        end(merger);
        const RunResult result = merger.snapshot();
        CHECK(result.ledger ==
              Ledger{.sent = 3, .reported = 3, .lost = 0, .duplicated = 0, .folded = 0, .balanced = true});
        CHECK(result.valid());
    }
    SECTION("one request more than was reported") {
        FinalAccount account = account_of(of_b);
        ++account.totals.scenarios[1].steps[0].requests;
        REQUIRE(merger.finish_agent("b", std::move(account)));
        end(merger);
        CHECK_FALSE(merger.snapshot().ledger.balanced);
        CHECK(merger.snapshot().trust.front().id == "ledger");
    }
    SECTION("an interval that never came") {
        auto more = of_b;
        more.push_back(interval(2, 1, {}, {}, {5}));
        REQUIRE(merger.finish_agent("b", account_of(more)));
        CHECK(merger.snapshot().ledger.lost == 1);
        REQUIRE(merger.merge("b", more.back()));  // and then came after all
        end(merger);
        CHECK(merger.snapshot().ledger.lost == 0);
        CHECK(merger.snapshot().ledger.balanced);
    }
}

TEST_CASE("a lost agent leaves at least one interval unknown, until it comes back", "[results]") {
    Merger merger = make_merger();
    const std::vector<metrics::Interval> of_a{interval(1, 0, {10}), interval(2, 1, {10}), interval(3, 2, {10})};
    REQUIRE(merger.merge("a", of_a[0]));
    REQUIRE(merger.merge("a", of_a[2]));
    REQUIRE(merger.finish_agent("b", account_of({})));
    merger.find_agent("a")->state = AgentState::Lost;
    CHECK(merger.snapshot().ledger.lost == 2);
    CHECK_FALSE(merger.snapshot().ledger.balanced);
    CHECK(merger.snapshot().trust.front().id == "lost_agent");
    REQUIRE(merger.merge("a", of_a[1]));
    REQUIRE(merger.finish_agent("a", account_of(of_a)));
    merger.find_agent("a")->state = AgentState::Finished;
    end(merger);
    CHECK(merger.snapshot().ledger.balanced);
    CHECK(merger.snapshot().valid());
}

TEST_CASE("the warm-up is drawn but in no total", "[results]") {
    Merger merger = make_merger("warmup: 2s\n");
    for (std::uint32_t second = 0; second < 4; ++second) {
        metrics::Interval one = interval(second + 1, second, {10});
        one.warmup = second < 2;
        one.cpu_percent = second < 2 ? 99 : 20;
        REQUIRE(merger.merge("a", one));
    }
    const RunResult result = merger.snapshot();
    CHECK(result.totals[0].steps[0].requests == 20);
    CHECK(result.totals[0].planned == 20);
    CHECK(result.agents[0].totals[0].offered == 20);
    CHECK(result.agents[0].cpu_percent_max == 20);
    CHECK(result.timeline.size() == 4);
    CHECK(result.timeline[0].warmup);
    CHECK(result.timeline[0].scenarios[0].steps[0].requests == 10);
}

TEST_CASE("the planned line is the plan's, so that load nobody carried shows as a gap", "[results]") {
    Merger merger = make_merger();
    for (std::uint32_t second = 0; second < 10; ++second)
        REQUIRE(merger.merge("a", interval(second + 1, second, {6}, {}, {4})));
    const RunResult result = merger.snapshot();
    CHECK(result.totals[0].planned == 100);
    CHECK(result.totals[0].offered == 60);
    CHECK(result.timeline[3].scenarios[0].planned == 10);
    CHECK(result.totals[1].planned == 40);  // a closed model plans what it begins
    CHECK(merger.planned(0, 9) == std::nullopt);
    merger.cut_plan_at(20s + 500ms);
    end(merger);
    CHECK(merger.snapshot().totals[0].planned == 205);
}

TEST_CASE("after a stop nothing is planned but what an agent went on with that heard of it later", "[results]") {
    Merger merger = make_merger();
    for (std::uint32_t second = 0; second < 5; ++second) REQUIRE(merger.merge("a", interval(second + 1, second, {6})));
    merger.cut_plan_at(5s + 500ms);
    SECTION("every agent stopped in time") {
        REQUIRE(merger.merge("a", interval(6, 5, {4})));
        end(merger);
        const RunResult result = merger.snapshot();
        CHECK(result.totals[0].planned == 55);
        CHECK(result.timeline[5].scenarios[0].planned == 5);
    }
    SECTION("one was late") {
        REQUIRE(merger.merge("a", interval(6, 5, {9})));
        REQUIRE(merger.merge("a", interval(7, 6, {2})));
        end(merger);
        const RunResult result = merger.snapshot();
        CHECK(result.totals[0].planned == 50 + 9 + 2);
        CHECK(merger.overview().totals[0].planned == 50 + 9 + 2);
        CHECK(result.timeline[5].scenarios[0].planned == 9);
        CHECK(result.timeline[6].scenarios[0].planned == 2);
        CHECK(result.totals[0].offered <= result.totals[0].planned);
    }
}

TEST_CASE("an iteration that began in the warm-up and ended after it is drawn, and is in no total", "[results]") {
    Merger merger = make_merger("warmup: 1s\n");
    metrics::Interval first = interval(1, 0, {10}), second = interval(2, 1, {10});
    first.warmup = true;
    first.scenarios[0].delivered = 7;
    second.scenarios[0].carried = 3;
    second.scenarios[0].delivered = 8;
    REQUIRE(merger.merge("a", first));
    REQUIRE(merger.merge("a", second));
    const RunResult result = merger.snapshot();
    CHECK(result.timeline[0].scenarios[0].delivered == 7);
    CHECK(result.timeline[1].scenarios[0].delivered == 11);
    CHECK(result.totals[0].delivered == 8);
    CHECK(result.totals[0].offered == 10);
    REQUIRE(merger.finish_agent("a", account_of({first, second})));
    CHECK(merger.snapshot().agents[0].totals_equal);
}

TEST_CASE("a run that ends by itself has everything planned that the plan asked for, even if nobody was left",
          "[results]") {
    Merger merger = make_merger();
    REQUIRE(merger.merge("a", interval(1, 0, {10})));
    end(merger);
    CHECK(merger.snapshot().totals[0].planned == 600);
}

TEST_CASE("an interval that does not fit the plan is refused and counts nothing", "[results]") {
    Merger merger = make_merger();
    metrics::Interval one = interval(1, 0, {10});
    SECTION("unknown agent") {
        CHECK_FALSE(merger.merge("c", one));
    }
    SECTION("scenarios") {
        one.scenarios.pop_back();
        CHECK_FALSE(merger.merge("a", one));
    }
    SECTION("steps") {
        one.scenarios[1].steps.resize(2);
        CHECK_FALSE(merger.merge("a", one));
    }
    SECTION("a second long after the end") {
        one.second = 60 + Merger::kSecondsPastTheEnd + 1;
        CHECK_FALSE(merger.merge("a", one));
    }
    SECTION("no number") {
        one.number = 0;
        CHECK_FALSE(merger.merge("a", one));
    }
    SECTION("a status that is none") {
        one.scenarios[0].steps[0].status[7] = 1;
        CHECK_FALSE(merger.merge("a", one));
    }
    SECTION("a CPU that is no number") {
        one.cpu_percent = std::numeric_limits<double>::quiet_NaN();
        CHECK_FALSE(merger.merge("a", one));
    }
    CHECK(merger.snapshot().ledger.reported == 0);
    CHECK(merger.snapshot().timeline.empty());
    CHECK(merger.merge("a", interval(1, 0, {10})) == Merger::Merged::Counted);  // its number is not spent
}

TEST_CASE("a second is complete when every running agent has reported it", "[results]") {
    Merger merger = make_merger();
    merger.find_agent("a")->state = AgentState::Running;
    merger.find_agent("b")->state = AgentState::Running;
    REQUIRE(merger.merge("a", interval(1, 0, {10})));
    CHECK_FALSE(merger.complete_second());
    REQUIRE(merger.merge("b", interval(1, 0, {10})));
    REQUIRE(merger.merge("b", interval(2, 1, {10})));
    CHECK(merger.complete_second() == 0);
    merger.find_agent("a")->state = AgentState::Lost;
    CHECK(merger.complete_second() == 1);
}

TEST_CASE("examples and events are bounded, and examples of unknown steps are dropped", "[results]") {
    Merger merger = make_merger();
    for (std::size_t i = 0; i < Merger::kMostExamples + 10; ++i) {
        metrics::ErrorExample example;
        example.latency_micros = i;
        merger.add_example("a", example);
        merger.add_example("a", example);  // it may come twice
    }
    metrics::ErrorExample wrong;
    wrong.scenario = 9;
    Merger other = make_merger();
    other.add_example("a", wrong);
    other.add_example("zz", {});
    CHECK(other.snapshot().examples.empty());
    for (std::size_t i = 0; i < Merger::kMostEvents + 50; ++i)
        merger.add_event({static_cast<std::int64_t>(i), "comment", "", std::to_string(i)});
    const RunResult result = merger.snapshot();
    CHECK(result.examples.size() == Merger::kMostExamples);
    REQUIRE(result.events.size() == Merger::kMostEvents);
    CHECK(result.events.front().text == "0");
    CHECK(result.events.back().text == std::to_string(Merger::kMostEvents + 49));
    CHECK(result.events[100].kind == "events_dropped");
}

TEST_CASE("an overview has the counters of a snapshot without its timeline", "[results]") {
    Merger merger = make_merger("thresholds: [ p95 < 1s ]\n");
    REQUIRE(merger.merge("a", interval(1, 0, {10, 2})));
    const RunResult overview = merger.overview(), snapshot = merger.snapshot();
    CHECK(overview.timeline.empty());
    CHECK(overview.totals == snapshot.totals);
    CHECK(overview.ledger == snapshot.ledger);
    CHECK(overview.thresholds == snapshot.thresholds);
    CHECK(overview.agents[0].totals[0].steps[0].failures == 2);
    CHECK(overview.agents[0].totals[0].steps[0].latency.empty());
    CHECK(snapshot.agents[0].totals[0].steps[0].latency.count() == 10);
}

TEST_CASE("in a large run latencies of an agent are kept by scenario, and the ledger is as strict as ever",
          "[results]") {
    std::vector<MergerSeat> many;
    for (std::size_t i = 0; i <= Merger::kMostDetailed / 3; ++i) many.push_back({"n" + std::to_string(i), {}, 1});
    Merger merger("r1", sample_plan(), 7, many);
    const std::vector<metrics::Interval> all{interval(1, 0, {10, 1, 3}, {5, 0, 40}), interval(2, 1, {7, 0, 900})};
    for (const auto& one : all) REQUIRE(merger.merge("n0", one));
    const AgentResult before = merger.snapshot().agents[0];
    CHECK(before.totals[0].steps[0].requests == 17);
    CHECK(before.totals[0].steps[1].requests == 5);
    CHECK(before.totals[0].steps[0].latency.count() == 22);
    CHECK(before.totals[0].steps[0].send_latency.empty());
    CHECK(before.totals[0].steps[1].latency.empty());
    REQUIRE(merger.finish_agent("n0", account_of(all)));
    CHECK(merger.snapshot().agents[0].totals_equal);
    REQUIRE(merger.merge("n1", all[0]));
    REQUIRE(merger.finish_agent("n1", account_of(all)));
    CHECK_FALSE(merger.snapshot().agents[1].totals_equal);
    CHECK(merger.snapshot().totals[0].steps[1].latency.count() == 10);
    CHECK(merger.snapshot().totals[0].steps[1].send_latency.count() == 10);
}
