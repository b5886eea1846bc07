#include <catch2/catch.hpp>

#include "controller/results/timeline.h"
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

}  // namespace

TEST_CASE("a second adds up what all agents measured, and gauges add up over agents", "[results]") {
    Timeline timeline;
    timeline.add(0, interval(1, 5, {10}));
    timeline.add(1, interval(1, 5, {20}));
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
    for (std::uint32_t second = 0; second < 30; ++second) timeline.add(0, interval(second + 1, second, {10}));
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
        forward.add(second % 2, interval(second, second, {10, 1, second + 1}));
    for (std::uint32_t second = 100; second-- > 0;)
        backward.add(second % 2, interval(second, second, {10, 1, second + 1}));
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
        timeline.add(0, one);
    }
    CHECK(timeline.rows().at(0).warmup);
    CHECK_FALSE(timeline.rows().at(1).warmup);
}

TEST_CASE("recent seconds keep the last minute by the second and forget the rest", "[results]") {
    RecentSeconds recent;
    for (std::uint32_t second = 0; second < 200; ++second) recent.add(0, interval(second + 1, second, {second}));
    CHECK(recent.window(199, 199).scenarios[0].steps[0].requests == 199);
    CHECK(recent.window(190, 199).scenarios[0].steps[0].requests == 1945);
    CHECK(recent.window(0, 100).scenarios.empty());
    recent.add(0, interval(999, 3, {5}));  // late
    CHECK(recent.window(0, 100).scenarios.empty());
}
