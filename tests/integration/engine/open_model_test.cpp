#include <set>

#include <catch2/catch.hpp>

#include "tests/integration/engine/engine_scene.h"

using namespace culvert;
using namespace culvert::test;
using namespace std::chrono_literals;

TEST_CASE("every slot of an open model starts once, close to when it is due", "[engine]") {
    HttpOrigin origin(HttpOrigin::after(1ms));
    EngineRun run(
        whole_run(plan_of("[ ramp_rate: { from: 0/s, to: 200/s, over: 1s }, constant_rate: { rate: 200/s, for: 1s } ]",
                          "[ get: \"" + origin.url() + "/\" ]")),
        two_threads());
    REQUIRE(run.start().wait());
    const auto totals = run.totals();
    CHECK(totals.planned == 300);
    CHECK(totals.offered == 300);
    CHECK(totals.delivered == 300);
    CHECK(origin.requests() == 300);
    CHECK(run.lateness().count() == 300);
    CHECK(run.lateness().percentile_micros(50) < 2'000);
    CHECK(SystemClock().steady_now() - run.started() >= 2s);  // a rate lasts its time
}

TEST_CASE("slots that find no user within the charter are missed, and say so", "[engine]") {
    HttpOrigin origin(HttpOrigin::after(200ms));
    auto charter = open_charter();
    charter.max_users = 5;
    EngineRun run(whole_run(plan_of("[ constant_rate: { rate: 100/s, for: 1s } ]", "[ get: \"" + origin.url() + "/\" ]",
                                    "    finish_within: 2s\n")),
                  two_threads(), charter);
    REQUIRE(run.start().wait());
    const auto totals = run.totals();
    CHECK(totals.planned == 100);
    CHECK(totals.offered + totals.missed == 100);
    CHECK(totals.missed >= 70);
    CHECK(totals.offered >= 20);
    CHECK(origin.connections() == 5);
    CHECK(origin.requests() == totals.offered);
}

TEST_CASE("users who wait for work make room for those of another scenario", "[engine]") {
    HttpOrigin origin(HttpOrigin::after(100ms));
    auto charter = open_charter();
    charter.max_users = 3;
    agent::worker::EngineOptions one_thread;
    one_thread.threads = 1;
    const std::string get = "[ get: \"" + origin.url() + "/\" ]";
    EngineRun run(
        whole_run("culvert: 1\nscenarios:\n"
                  "  early: { load: [ constant_rate: { rate: 50/s, for: 500ms } ], steps: " +
                  get +
                  " }\n  late: { load: [ idle: { for: 1s }, constant_rate: { rate: 10/s, for: 500ms } ], "
                  "steps: " +
                  get +
                  " }\n  closed: { load: [ idle: { for: 2s }, iterations: { total: 3, users: 3, at_most: 5s } "
                  "], steps: " +
                  get + " }\n"),
        one_thread, charter);
    REQUIRE(run.start().wait());
    CHECK(run.totals(0).missed > 0);
    CHECK(run.totals(1).offered == 5);
    CHECK(run.totals(1).missed == 0);
    CHECK(run.totals(2).delivered == 3);
}

TEST_CASE("idle users are used again before new ones are made", "[engine]") {
    HttpOrigin origin(HttpOrigin::after(0ms));
    EngineRun run(
        whole_run(plan_of("[ constant_rate: { rate: 100/s, for: 1s } ]", "[ get: \"" + origin.url() + "/\" ]")),
        two_threads());
    REQUIRE(run.start().wait());
    CHECK(run.step().requests == 100);
    CHECK(origin.connections() < 20);
}

TEST_CASE("agents that share a plan run its slots once between them", "[engine]") {
    HttpOrigin origin(HttpOrigin::after(0ms));
    std::uint64_t requests = 0;
    std::set<std::string> users;
    std::vector<std::unique_ptr<EngineRun>> runs;
    for (std::size_t agent = 0; agent < 3; ++agent) {
        auto spec = whole_run(plan_of("[ constant_rate: { rate: 70/s, for: 1s } ]",
                                      "[ get: \"" + origin.url() + "/?user=${user}&n=${iteration}\" ]"));
        spec.share.scenarios = {workload::Seat{agent, {1, 2, 4}}};
        runs.push_back(std::make_unique<EngineRun>(std::move(spec), two_threads()));
        runs.back()->start();
    }
    for (const auto& run : runs) {
        REQUIRE(run->wait());
        requests += run->step().requests;
    }
    CHECK(requests == 70);
    CHECK(runs[0]->step().requests == 10);
    CHECK(runs[2]->step().requests == 40);
    for (const OriginRequest& request : origin.seen())
        CHECK(users.insert(request.target).second);  // users of agents have numbers of their own
}

TEST_CASE("an amendment hands slots over while the run goes on, and none is lost or doubled", "[engine]") {
    HttpOrigin origin(HttpOrigin::after(0ms));
    const auto spec = [&origin](std::size_t agent) {
        auto made =
            whole_run(plan_of("[ constant_rate: { rate: 100/s, for: 2s } ]", "[ get: \"" + origin.url() + "/\" ]"));
        made.share.scenarios = {workload::Seat{agent, {1, 1}}};
        return made;
    };
    EngineRun first(spec(0), two_threads()), second(spec(1), two_threads());
    first.start();
    second.engine().start(first.started());
    const SteadyTime instant = first.started() + 1s;
    first.engine().amend(workload::Share{{workload::Seat{0, {1}}}}, instant);
    second.engine().amend(workload::Share{{workload::Seat{}}}, instant);
    REQUIRE(first.wait());
    REQUIRE(second.wait());
    CHECK(first.step().requests == 150);
    CHECK(second.step().requests == 50);
}

TEST_CASE("the charter's rate holds even when the schedule asks for more", "[engine]") {
    HttpOrigin origin(HttpOrigin::after(0ms));
    auto spec = whole_run(plan_of("[ constant_rate: { rate: 100/s, for: 2s } ]", "[ get: \"" + origin.url() + "/\" ]"));
    spec.share.scenarios = {workload::Seat{0, {1, 1}}};
    auto charter = open_charter();
    charter.max_rate = Rate::per_second(50);
    EngineRun run(std::move(spec), two_threads(), charter);
    run.start();
    run.engine().amend(workload::Share{{workload::Seat{0, {1}}}}, run.started());  // everything is this agent's now
    REQUIRE(run.wait());
    CHECK(run.totals().offered <= 130);
    CHECK(run.totals().offered + run.totals().missed == run.totals().planned);
}
