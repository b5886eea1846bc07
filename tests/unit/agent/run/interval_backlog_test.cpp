#include "agent/run/interval_backlog.h"

#include <catch2/catch.hpp>

#include "common/protocol/totals.h"
#include "tests/unit/agent/run/fake_engine.h"

using namespace culvert;
using agent::run::fold;
using agent::run::IntervalBacklog;
using test::FakeEngines;

TEST_CASE("a fold adds what was counted and keeps the later gauges", "[run]") {
    const auto folded = fold(FakeEngines::interval(3, 10), FakeEngines::interval(4, 5));
    CHECK(folded.second == 3);
    CHECK(folded.folded == 1);
    CHECK(folded.scenarios.at(0).offered == 15);
    CHECK(folded.scenarios.at(0).users == 4);
    CHECK(folded.scenarios.at(0).steps.at(0).latency.count() == 15);
}

TEST_CASE("a backlog stays bounded and folds evenly", "[run]") {
    IntervalBacklog backlog(4);
    for (std::uint32_t second = 0; second < 16; ++second) backlog.push(FakeEngines::interval(second));
    CHECK(backlog.size() == 4);
    std::uint32_t most = 0;
    for (int i = 0; i < 4; ++i) most = std::max(most, backlog.pop().folded);
    CHECK(most <= 8);
}

TEST_CASE("the warm-up is never folded into what counts", "[run]") {
    IntervalBacklog backlog(3);
    for (std::uint32_t second = 0; second < 9; ++second) {
        auto interval = FakeEngines::interval(second);
        interval.warmup = second < 4;
        backlog.push(std::move(interval));
    }
    std::uint64_t warm = 0, counted = 0;
    while (!backlog.empty()) {
        const auto interval = backlog.pop();
        (interval.warmup ? warm : counted) += interval.scenarios.at(0).offered;
    }
    CHECK(warm == 40);
    CHECK(counted == 50);
}
