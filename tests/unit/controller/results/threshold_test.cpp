#include <catch2/catch.hpp>

#include "controller/results/threshold_judge.h"
#include "sample_run.h"

using namespace culvert;
using namespace culvert::results;

namespace {

const std::vector<JudgedAgent> kAgents{{"a", {{"region", "eu"}}}, {"b", {{"region", "us"}}}};

std::shared_ptr<const workload::Plan> plan_with(const std::string& thresholds, const std::string& more = "") {
    return sample_plan("thresholds: [ " + thresholds + " ]\n" + more);
}

struct Judged {
    explicit Judged(const std::string& thresholds, const std::string& more = "")
        : plan(plan_with(thresholds, more)), judge(plan, kAgents, std::chrono::seconds(60)) {}
    ThresholdResult only() const {
        const auto results = judge.results();
        REQUIRE(results.size() == 1);
        return results.front();
    }
    void observe(std::size_t agent, const metrics::Interval& interval) {
        judge.observe(agent, interval);
        if (!interval.warmup) judge.observe_all(interval.second, interval.scenarios);
    }

    std::shared_ptr<const workload::Plan> plan;
    ThresholdJudge judge;
};

}  // namespace

TEST_CASE("a percentile over the whole run passes or fails with the value that was measured", "[results]") {
    Judged good("p95(browse/list) < 300ms");
    Judged bad("p95(browse/list) < 300ms");
    for (std::uint32_t second = 0; second < 60; ++second) {
        good.observe(0, interval(second + 1, second, {10, 0, 118}));
        bad.observe(0, interval(second + 1, second, {10, 0, second < 40 ? 118U : 900U}));
    }
    good.judge.finish(60);
    bad.judge.finish(60);
    CHECK(good.only().state == ThresholdState::Pass);
    CHECK(good.only().actual_text == "118 ms");
    CHECK_FALSE(good.only().first_crossed);
    CHECK(bad.only().state == ThresholdState::Fail);
    CHECK(bad.only().actual == Approx(900).epsilon(0.001));
    CHECK(bad.only().first_crossed == 42);  // 3 of 43 seconds are more than 5 %
    CHECK(verdict_of(good.judge.results()) == Verdict::Pass);
    CHECK(verdict_of(bad.judge.results()) == Verdict::Fail);
}

TEST_CASE("a threshold looks at its scenario and step only", "[results]") {
    Judged judged("error_rate(browse/cart) < 1%");
    judged.observe(0, interval(1, 0, {100, 100}, {100, 0}, {100, 100}));
    judged.judge.finish(1);
    CHECK(judged.only().state == ThresholdState::Pass);
    CHECK(judged.only().actual_text == "0 %");
}

TEST_CASE("a threshold without samples has no data, and that is no pass", "[results]") {
    Judged judged("p99(browse/cart) < 1s");
    judged.observe(0, interval(1, 0, {100}));
    judged.judge.finish(1);
    CHECK(judged.only().state == ThresholdState::NoData);
    CHECK(judged.only().actual_text == "no data");
    CHECK(verdict_of(judged.judge.results()) == Verdict::Fail);
    CHECK(verdict_of({}) == Verdict::None);
}

TEST_CASE("a window must hold every time it is full, however good the rest of the run is", "[results]") {
    Judged judged("error_rate < 10% over 5s");
    for (std::uint32_t second = 0; second < 60; ++second)
        judged.observe(0, interval(second + 1, second, {10, second == 30 || second == 31 ? 3U : 0U}));
    judged.judge.finish(60);
    CHECK(judged.only().state == ThresholdState::Fail);
    CHECK(judged.only().actual == Approx(6.0 / 50));
    CHECK(judged.only().first_crossed == 31);
}

TEST_CASE("a window that was never full has no data", "[results]") {
    Judged judged("error_rate < 10% over 30s");
    for (std::uint32_t second = 0; second < 20; ++second) judged.observe(0, interval(second + 1, second, {10}));
    judged.judge.finish(20);
    CHECK(judged.only().state == ThresholdState::NoData);
}

TEST_CASE("seconds without requests count as none in a window of a rate", "[results]") {
    Judged judged("request_rate > 5/s over 4s");
    for (std::uint32_t second = 0; second < 60; ++second) {
        if (second < 20 || second >= 24) judged.observe(0, interval(second + 1, second, {10}));
    }
    judged.judge.finish(62);  // two seconds of finishing, in which nothing is planned
    CHECK(judged.only().state == ThresholdState::Fail);
    CHECK(judged.only().actual == Approx(0));
    CHECK(judged.only().first_crossed == 21);
}

TEST_CASE("time after the end of the load is no lack of load", "[results]") {
    Judged judged("request_rate > 5/s");
    for (std::uint32_t second = 0; second < 60; ++second) judged.observe(0, interval(second + 1, second, {10}));
    for (std::uint32_t second = 60; second < 90; ++second) judged.observe(0, interval(second + 1, second, {0}));
    judged.judge.finish(90);
    CHECK(judged.only().state == ThresholdState::Pass);
    CHECK(judged.only().actual_text == "10.0/s");
}

TEST_CASE("by a label there is one result for each value, without those who have no part in it", "[results]") {
    Judged judged("p95(trickle) < 100ms by region", "");
    judged.observe(0, interval(1, 0, {}, {}, {10, 0, 50}));
    judged.observe(1, interval(1, 0, {}, {}, {10, 0, 500}));
    judged.judge.finish(1);
    const auto results = judged.judge.results();
    REQUIRE(results.size() == 2);
    CHECK(results[0].check == "p95(trickle) < 100ms by region [region=eu]");
    CHECK(results[0].state == ThresholdState::Pass);
    CHECK(results[1].check == "p95(trickle) < 100ms by region [region=us]");
    CHECK(results[1].state == ThresholdState::Fail);

    Judged targeted("p95(browse) < 100ms by agent");  // browse is for region=eu alone
    targeted.judge.finish(1);
    CHECK(targeted.only().check == "p95(browse) < 100ms by agent [agent=a]");
    CHECK(targeted.only().state == ThresholdState::NoData);
}

TEST_CASE("else abort asks for it as soon as a judged second does not hold, and stays failed", "[results]") {
    Judged judged("error_rate < 50% after 10s else abort");
    for (std::uint32_t second = 0; second < 9; ++second) judged.observe(0, interval(second + 1, second, {10, 10}));
    judged.judge.close_until(9);
    CHECK_FALSE(judged.judge.abort_reason());  // not judged before 10 s
    judged.observe(0, interval(10, 9, {10, 10}));
    judged.judge.close_until(10);
    REQUIRE(judged.judge.abort_reason());
    CHECK(*judged.judge.abort_reason() == "error_rate < 50% after 10s else abort: 100 %");
    for (std::uint32_t second = 10; second < 40; ++second) judged.observe(0, interval(second + 1, second, {100, 0}));
    judged.judge.finish(40);
    CHECK(judged.only().state == ThresholdState::Fail);
    CHECK(judged.only().first_crossed == 9);
}

TEST_CASE("a count that must be reached is not judged before the end", "[results]") {
    Judged judged("requests(browse) > 100 else abort");
    judged.observe(0, interval(1, 0, {10}));
    judged.judge.close_until(1);
    CHECK_FALSE(judged.judge.abort_reason());
    CHECK(judged.only().state == ThresholdState::NoData);
    CHECK(judged.only().actual_text == "10");
    judged.judge.finish(1);
    CHECK(judged.only().state == ThresholdState::Fail);
}

TEST_CASE("the warm-up is in no threshold", "[results]") {
    Judged judged("max < 100ms", "warmup: 5s\n");
    for (std::uint32_t second = 0; second < 10; ++second) {
        metrics::Interval one = interval(second + 1, second, {10, 0, second < 5 ? 900U : 10U});
        one.warmup = second < 5;
        judged.observe(0, one);
    }
    judged.judge.finish(10);
    CHECK(judged.only().state == ThresholdState::Pass);
}

TEST_CASE("late data is judged again at the end: order does not decide a verdict", "[results]") {
    for (const char* threshold : {"error_rate < 10% over 5s", "error_rate < 10%", "p90(browse) < 50ms over 3s"}) {
        Judged in_order(threshold), late(threshold);
        std::vector<metrics::Interval> all;
        for (std::uint32_t second = 0; second < 60; ++second)
            all.push_back(interval(second + 1, second, {10, second % 7 == 0 ? 4U : 0U, second % 11 == 0 ? 80U : 10U}));
        for (const auto& one : all) in_order.observe(0, one);
        for (const auto& one : all) {
            if (one.second >= 10 && one.second < 30) continue;  // an agent that was cut off
            late.observe(0, one);
            late.judge.close_until(one.second + 1);
        }
        for (const auto& one : all) {
            if (one.second >= 10 && one.second < 30) late.observe(0, one);
        }
        in_order.judge.finish(60);
        late.judge.finish(60);
        INFO(threshold);
        CHECK(in_order.judge.results() == late.judge.results());
    }
}

TEST_CASE("a run of many hours keeps judging windows and exact totals", "[results]") {
    Judged judged("error_rate < 10% over 5s, errors < 1");
    const std::uint32_t hours = 3 * 3600;
    for (std::uint32_t second = 0; second < hours; ++second) {
        judged.observe(0, interval(second + 1, second, {10, second == 100 ? 9U : 0U}));
        judged.judge.close_until(second + 1);
    }
    judged.observe(0, interval(hours + 1, 50, {10, 2}));  // late by hours
    judged.judge.finish(hours);
    const auto results = judged.judge.results();
    REQUIRE(results.size() == 2);
    CHECK(results[0].state == ThresholdState::Fail);
    CHECK(results[0].first_crossed == 100);
    CHECK(results[1].actual == Approx(11));
}
