#include <thread>

#include <catch2/catch.hpp>

#include "tests/integration/engine/engine_scene.h"

using namespace culvert;
using namespace culvert::test;
using namespace std::chrono_literals;
using agent::worker::StopMode;

TEST_CASE("what is not finished within its time is interrupted: neither ok nor failed", "[engine]") {
    HttpOrigin origin(HttpOrigin::after(3s));
    EngineRun run(whole_run(plan_of("[ constant_rate: { rate: 10/s, for: 1s } ]", "[ get: \"" + origin.url() + "/\" ]",
                                    "    finish_within: 300ms\n")),
                  two_threads());
    REQUIRE(run.start().wait());
    const auto totals = run.totals();
    CHECK(totals.offered == 10);
    CHECK(totals.delivered == 0);
    CHECK(totals.interrupted == 10);
    CHECK(run.step().requests == 0);
    CHECK(run.step().interrupted == 10);
    CHECK(run.step().latency.empty());
    const Duration took = SystemClock().steady_now() - run.started();
    CHECK(took >= 1300ms);
    CHECK(took < 2500ms);
}

TEST_CASE("a graceful stop starts nothing new and lets what is under way finish", "[engine]") {
    HttpOrigin origin(HttpOrigin::after(300ms));
    EngineRun run(whole_run(plan_of("[ constant_users: { users: 4, for: 30s } ]", "[ get: \"" + origin.url() + "/\" ]",
                                    "    finish_within: 5s\n")),
                  two_threads());
    run.start();
    while (origin.requests() < 4) std::this_thread::yield();
    run.engine().stop(StopMode::Gracefully);
    REQUIRE(run.wait());
    const auto totals = run.totals();
    CHECK(totals.delivered == totals.offered);
    CHECK(totals.interrupted == 0);
    CHECK(run.step().requests == origin.requests());
    CHECK(run.step().failures == 0);
}

TEST_CASE("a stop at once interrupts what is under way and still reports it", "[engine]") {
    HttpOrigin origin(HttpOrigin::after(5s));
    EngineRun run(
        whole_run(plan_of("[ constant_users: { users: 4, for: 30s } ]", "[ get: \"" + origin.url() + "/\" ]")),
        two_threads());
    run.start();
    while (origin.requests() < 4) std::this_thread::yield();
    run.engine().stop(StopMode::AtOnce);
    REQUIRE(run.wait());
    CHECK(run.totals().interrupted == 4);
    CHECK(run.step().interrupted == 4);
    CHECK(SystemClock().steady_now() - run.started() < 4s);
}

TEST_CASE("an engine that was never started ends without a word about seconds", "[engine]") {
    EngineRun run(whole_run(plan_of("[ constant_users: { users: 4, for: 30s } ]", "[ get: \"http://127.0.0.1:9/\" ]")),
                  two_threads());
    run.engine().stop(StopMode::Gracefully);
    REQUIRE(run.wait());
    CHECK(run.intervals.empty());
}

TEST_CASE("nothing starts before the instant that was agreed", "[engine]") {
    HttpOrigin origin(HttpOrigin::after(0ms));
    EngineRun run(
        whole_run(plan_of("[ iterations: { total: 1, users: 1, at_most: 5s } ]", "[ get: \"" + origin.url() + "/\" ]")),
        two_threads());
    const SteadyTime at = SystemClock().steady_now() + 300ms;
    run.engine().start(at);
    REQUIRE(run.wait());
    REQUIRE(origin.seen().size() == 1);
    CHECK(origin.seen()[0].arrived >= at);
    CHECK(origin.seen()[0].arrived < at + 100ms);
}
