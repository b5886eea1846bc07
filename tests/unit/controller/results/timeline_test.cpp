#include <catch2/catch.hpp>

#include "controller/results/seconds.h"
#include "sample_run.h"

using namespace culvert;
using namespace culvert::results;

namespace {

const std::vector<AgentResult>& roster() {
    static const std::vector<AgentResult> agents = [] {
        std::vector<AgentResult> list(2);
        list[0].name = "a";
        list[1].name = "b";
        return list;
    }();
    return agents;
}

metrics::Histogram latency_of(const metrics::Interval& interval) {
    metrics::Histogram all;
    for (const auto& scenario : interval.scenarios) {
        for (const auto& step : scenario.steps) all.merge(step.latency);
    }
    return all;
}

void put(Timeline& timeline, std::uint32_t agent, const metrics::Interval& interval) {
    metrics::HistogramSum scratch;
    PendingSecond pending;
    pending.add(agent, interval, latency_of(interval), scratch);
    timeline.add(interval.second, pending.take(scratch));
}

}  // namespace

TEST_CASE("a second adds up what all agents measured, and gauges add up over agents", "[results]") {
    Timeline timeline;
    put(timeline, 0, interval(1, 5, {10}));
    put(timeline, 1, interval(1, 5, {20}));
    REQUIRE(timeline.rows().size() == 1);
    const SecondResult second = timeline.rows().at(5).result(5, 1, roster());
    CHECK(second.scenarios[0].steps[0].requests == 30);
    CHECK(second.scenarios[0].users == 6);
    CHECK(second.agent_requests.at("a") == 10);
    CHECK(second.agent_requests.at("b") == 20);
    CHECK(second.agent_latency.at("b").count() == 20);
}

TEST_CASE("a timeline past its rows is folded into rows of two, four and more seconds without losing a count",
          "[results]") {
    Timeline timeline({.rows = 8, .bytes = std::size_t{64} << 20});
    for (std::uint32_t second = 0; second < 30; ++second) put(timeline, 0, interval(second + 1, second, {10}));
    CHECK(timeline.step() == 4);
    CHECK(timeline.rows().size() == 8);
    std::uint64_t requests = 0;
    for (const auto& [key, row] : timeline.rows()) requests += row.scenarios[0].steps[0].requests;
    CHECK(requests == 300);
    // Users of one agent do not add up over time.
    CHECK(timeline.rows().at(0).result(0, 4, roster()).scenarios[0].users == 3);
}

TEST_CASE("a timeline past its bytes is folded too, to the same rows in whatever order intervals come", "[results]") {
    const TimelineLimits limits{.rows = 1000, .bytes = 40'000};
    Timeline forward(limits), backward(limits);
    for (std::uint32_t second = 0; second < 100; ++second)
        put(forward, second % 2, interval(second, second, {10, 1, second + 1}));
    for (std::uint32_t second = 100; second-- > 0;)
        put(backward, second % 2, interval(second, second, {10, 1, second + 1}));
    CHECK(forward.step() > 1);
    CHECK(forward.memory_bytes() <= limits.bytes);
    CHECK(forward.step() == backward.step());
    CHECK(forward.memory_bytes() == backward.memory_bytes());
    REQUIRE(forward.rows().size() == backward.rows().size());
    for (const auto& [key, row] : forward.rows()) CHECK(row.scenarios == backward.rows().at(key).scenarios);
}

TEST_CASE("a row is of the warm-up only if all of it is", "[results]") {
    Timeline timeline({.rows = 2, .bytes = std::size_t{1} << 20});
    for (std::uint32_t second = 0; second < 4; ++second) {
        metrics::Interval one = interval(second + 1, second, {1});
        one.warmup = second < 3;
        put(timeline, 0, one);
    }
    CHECK(timeline.rows().at(0).warmup);
    CHECK_FALSE(timeline.rows().at(1).warmup);
}

TEST_CASE("the last minute stays by the second, and all of it is in the timeline", "[results]") {
    Seconds seconds({.rows = 10, .bytes = std::size_t{64} << 20});
    const auto add = [&seconds](std::uint64_t number, std::uint32_t second, std::uint64_t requests) {
        const metrics::Interval one = interval(number, second, {requests});
        seconds.add(0, one, latency_of(one));
    };
    std::uint64_t settled = 0;
    for (std::uint32_t second = 0; second < 200; ++second) {
        add(second + 1, second, second);
        seconds.settle(
            [&settled](std::uint32_t, const SecondRow& row) { settled += row.scenarios[0].steps[0].requests; });
    }
    CHECK(settled == 19900);
    CHECK(seconds.last_second() == 199);
    CHECK(seconds.window(199, 199).scenarios[0].steps[0].requests == 199);
    CHECK(seconds.window(190, 199).scenarios[0].steps[0].requests == 1945);
    CHECK(seconds.window(0, 100).scenarios.empty());
    CHECK(seconds.total()[0].steps[0].requests == 19900);
    add(999, 3, 5);  // late
    seconds.settle([](std::uint32_t, const SecondRow&) {});
    CHECK(seconds.window(0, 100).scenarios.empty());
    std::uint64_t requests = 0;
    const Timeline whole = seconds.timeline();
    for (const auto& [key, row] : whole.rows()) requests += row.scenarios[0].steps[0].requests;
    CHECK(requests == 19905);
    CHECK(whole.step() == 32);
    CHECK(seconds.total()[0].steps[0].requests == 19905);
}

TEST_CASE("seconds of the warm-up are in the timeline and in nothing else", "[results]") {
    Seconds seconds({});
    metrics::Interval one = interval(1, 0, {10});
    one.warmup = true;
    seconds.add(0, one, latency_of(one));
    one.warmup = false;
    seconds.add(1, one, latency_of(one));
    int heard = 0;
    seconds.settle([&heard](std::uint32_t, const SecondRow&) { ++heard; });
    CHECK(heard == 1);
    CHECK(seconds.total()[0].steps[0].requests == 10);
    CHECK(seconds.timeline().rows().at(0).scenarios[0].steps[0].requests == 20);
}
