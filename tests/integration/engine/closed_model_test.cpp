#include <set>

#include <catch2/catch.hpp>

#include "tests/integration/engine/engine_scene.h"

using namespace culvert;
using namespace culvert::test;
using namespace std::chrono_literals;

TEST_CASE("a total of iterations is run exactly, whatever the number of users and threads", "[engine]") {
    HttpOrigin origin(HttpOrigin::after(0ms));
    EngineRun run(whole_run(plan_of("[ iterations: { total: 1000, users: 7, at_most: 30s } ]",
                                    "[ get: \"" + origin.url() + "/x\" ]")),
                  two_threads());
    REQUIRE(run.start().wait());
    const auto totals = run.totals();
    CHECK(origin.requests() == 1000);
    CHECK(totals.planned == 1000);
    CHECK(totals.offered == 1000);
    CHECK(totals.delivered == 1000);
    CHECK(totals.missed == 0);
    CHECK(run.step().requests == 1000);
    CHECK(run.step().failures == 0);
    CHECK(run.step().status.at(200) == 1000);
    CHECK(run.step().latency.count() == 1000);
    CHECK(origin.connections() == 7);                         // one each, kept alive
    CHECK(SystemClock().steady_now() - run.started() < 20s);  // it does not wait for at_most
}

TEST_CASE("intervals are numbered without a gap and each second comes once, in order", "[engine]") {
    HttpOrigin origin(HttpOrigin::after(1ms));
    EngineRun run(
        whole_run(plan_of("[ constant_users: { users: 3, for: 2500ms } ]", "[ get: \"" + origin.url() + "/\" ]") +
                  "warmup: 1s\n"),
        two_threads());
    REQUIRE(run.start().wait());
    REQUIRE(run.intervals.size() == 3);
    for (std::size_t i = 0; i < run.intervals.size(); ++i) {
        CHECK(run.intervals[i].number == i + 1);
        CHECK(run.intervals[i].second == i);
        CHECK(run.intervals[i].warmup == (i == 0));
    }
    CHECK(run.intervals[0].scenarios[0].users == 3);
    CHECK(run.intervals[0].open_sockets == 3);
    CHECK(run.intervals[0].cpu_percent > 0);
    CHECK(run.totals().offered == run.totals().planned);
    CHECK(run.step().requests == origin.requests());
}

TEST_CASE("pace holds the starts of a user apart", "[engine]") {
    HttpOrigin origin(HttpOrigin::after(0ms));
    EngineRun run(whole_run(plan_of("[ constant_users: { users: 2, for: 1s } ]", "[ get: \"" + origin.url() + "/\" ]",
                                    "    pace: 100ms\n")),
                  two_threads());
    REQUIRE(run.start().wait());
    CHECK(run.totals().offered == 20);
}

TEST_CASE("once_per_user comes first and once, and think times lie between", "[engine]") {
    HttpOrigin origin(HttpOrigin::after(0ms));
    const std::string url = origin.url();
    EngineRun run(whole_run(plan_of("[ iterations: { per_user: 3, users: 2, at_most: 10s } ]",
                                    "[ { get: \"" + url + "/a\" }, { think: 20ms..30ms }, { get: \"" + url + "/b\" } ]",
                                    "    once_per_user: [ { get: \"" + url + "/login\" } ]\n")),
                  two_threads());
    REQUIRE(run.start().wait());
    CHECK(run.step(0).requests == 2);  // login
    CHECK(run.step(1).requests == 6);
    CHECK(run.step(2).requests == 6);
    CHECK(run.step(2).latency.max_micros() < 20'000);  // a think time is no part of a latency
}

TEST_CASE("users that find no row stop, and the others' rows are not given twice", "[engine]") {
    HttpOrigin origin(HttpOrigin::after(0ms));
    const std::string plan = plan_of("[ iterations: { total: 50, users: 4, at_most: 10s } ]",
                                     "[ get: \"" + origin.url() + "/item?id=${items.id}\" ]") +
                             "data:\n  items: { csv: items.csv, next_row: each_iteration, at_end: stop_user }\n";
    agent::worker::DataRows rows;
    for (int i = 0; i < 30; ++i) rows.rows.push_back({std::to_string(i)});
    EngineRun run(whole_run(plan, {rows}), two_threads());
    REQUIRE(run.start().wait());
    std::set<std::string> targets;
    for (const OriginRequest& request : origin.seen()) targets.insert(request.target);
    CHECK(targets.size() == 30);
    CHECK(run.totals().offered == 30);
    CHECK(run.totals().planned == 50);
    CHECK(run.totals().missed == 20);
}
