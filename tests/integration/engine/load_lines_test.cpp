// Planned, offered and delivered: what docs/terminology.md promises of them, in runs with a warm-up and in runs that
// are stopped.
#include <thread>

#include <catch2/catch.hpp>

#include "tests/integration/engine/engine_scene.h"

using namespace culvert;
using namespace culvert::test;
using namespace std::chrono_literals;
using agent::worker::StopMode;

namespace {

metrics::ScenarioStats sum_of(const EngineRun& run, bool warmup) {
    metrics::ScenarioStats sum;
    for (const metrics::Interval& interval : run.intervals) {
        if (interval.warmup == warmup) sum.merge(interval.scenarios.at(0));
    }
    return sum;
}

}  // namespace

TEST_CASE("an iteration that was due in the warm-up is in no total, however late it ends", "[engine]") {
    HttpOrigin origin(HttpOrigin::after(300ms));
    SECTION("open model") {
        EngineRun run(whole_run(plan_of("[ constant_rate: { rate: 100/s, for: 2s } ]",
                                        "[ get: \"" + origin.url() + "/\" ]", "    finish_within: 5s\n") +
                                "warmup: 1s\n"),
                      two_threads());
        REQUIRE(run.start().wait());
        const auto before = sum_of(run, true), after = sum_of(run, false);
        CHECK(after.planned == 100);
        CHECK(after.offered == 100);
        CHECK(after.delivered == 100);
        CHECK(after.carried >= 25);
        CHECK(before.carried == 0);
        CHECK(before.delivered + after.carried == 100);
        CHECK(before.planned == 100);
    }
    SECTION("closed model") {
        EngineRun run(whole_run(plan_of("[ constant_users: { users: 8, for: 2s } ]",
                                        "[ get: \"" + origin.url() + "/\" ]", "    finish_within: 5s\n") +
                                "warmup: 1s\n"),
                      two_threads());
        REQUIRE(run.start().wait());
        const auto before = sum_of(run, true), after = sum_of(run, false);
        CHECK(after.offered == after.planned);
        CHECK(after.delivered == after.offered);
        CHECK(before.delivered + after.carried == before.offered);
        CHECK(before.delivered + after.carried + after.delivered == origin.requests());
    }
}

TEST_CASE("what began in the warm-up and is cut after it is in no total either", "[engine]") {
    HttpOrigin origin(HttpOrigin::after(5s));
    EngineRun run(whole_run(plan_of("[ constant_rate: { rate: 20/s, for: 1500ms } ]",
                                    "[ get: \"" + origin.url() + "/\" ]", "    finish_within: 100ms\n") +
                            "warmup: 1s\n"),
                  two_threads());
    REQUIRE(run.start().wait());
    const auto after = sum_of(run, false);
    CHECK(after.offered == 10);
    CHECK(after.interrupted == 10);
    CHECK(after.carried == 0);
    CHECK(after.steps.at(0).interrupted == 30);  // requests count where they end
}

TEST_CASE("a run that is stopped in the middle delivers what it offered, and plans no slot beyond", "[engine]") {
    HttpOrigin origin(HttpOrigin::after(100ms));
    EngineRun run(whole_run(plan_of("[ constant_rate: { rate: 200/s, for: 30s } ]",
                                    "[ get: \"" + origin.url() + "/\" ]", "    finish_within: 5s\n")),
                  two_threads());
    run.start();
    while (origin.requests() < 150) std::this_thread::yield();
    SECTION("gracefully") {
        run.engine().stop(StopMode::Gracefully);
        REQUIRE(run.wait());
        CHECK(run.totals().delivered == run.totals().offered);
    }
    SECTION("at once") {
        run.engine().stop(StopMode::AtOnce);
        REQUIRE(run.wait());
        CHECK(run.totals().delivered + run.totals().interrupted == run.totals().offered);
        CHECK(run.totals().interrupted > 0);
    }
    const auto totals = run.totals();
    CHECK(totals.offered + totals.missed == totals.planned);
    const auto elapsed = SystemClock().steady_now() - run.started();
    CHECK(totals.planned <= static_cast<std::uint64_t>(elapsed / 5ms) + 1);
}

TEST_CASE("every second offers exactly the slots that were due in it", "[engine]") {
    HttpOrigin origin(HttpOrigin::after(1ms));
    EngineRun run(
        whole_run(plan_of("[ constant_rate: { rate: 500/s, for: 3s } ]", "[ get: \"" + origin.url() + "/\" ]")),
        two_threads());
    REQUIRE(run.start().wait());
    REQUIRE(run.intervals.size() >= 3);
    for (std::size_t second = 0; second < 3; ++second) CHECK(run.intervals[second].scenarios[0].planned == 500);
}
