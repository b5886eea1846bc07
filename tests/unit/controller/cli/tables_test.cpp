#include <chrono>

#include <catch2/catch.hpp>

#include "common/workload/plan_summary.h"
#include "controller/cli/render/agents_table.h"
#include "controller/cli/render/glyphs.h"
#include "controller/cli/render/invites_table.h"
#include "controller/cli/render/plan_text.h"
#include "controller/cli/render/runs_table.h"
#include "controller/cli/render/table.h"
#include "tests/support/golden.h"
#include "tests/unit/controller/cli/mock_ups.h"

using namespace culvert;
using namespace culvert::cli::render;
using namespace std::chrono_literals;

TEST_CASE("the table of agents is the one of the mock-up", "[cli]") {
    test::check_golden("cli/agents.txt", agents_table(test::mock_mesh(), TextStyle{120, false, true}));
}

TEST_CASE("a mesh without agents says how to invite one", "[cli]") {
    MeshView view;
    view.mesh = "acme";
    view.relay = "wss://relay.example.com/mesh";
    CHECK(agents_table(view, TextStyle{}) ==
          "mesh acme · relay wss://relay.example.com/mesh · 0 agents\n\nNo agents yet. Invite one: culvert invite\n");
}

TEST_CASE("an agent whose charter allows nothing is marked before a run is refused", "[cli]") {
    MeshView view = test::mock_mesh();
    view.agents.resize(1);
    view.agents[0].charter.targets.clear();
    CHECK_THAT(agents_table(view, TextStyle{120, false, true}),
               Catch::Contains("! fra-1  its charter allows nothing, so it refuses every run.   Do: charter.targets in "
                               "agent.yaml (on fra-1)"));
}

TEST_CASE("a certificate that should have been renewed is named with the day on which it ends", "[cli]") {
    MeshView view = test::mock_mesh();
    view.agents.resize(1);
    view.agents[0].certificate = roster::CertificateTimes{view.now + 24h, view.now + 31 * 24h};
    CHECK_THAT(agents_table(view, TextStyle{120, false, true}), !Catch::Contains("certificate"));
    view.agents[0].certificate->renewal_due = view.now - 1h;
    CHECK_THAT(
        agents_table(view, TextStyle{160, false, true}),
        Catch::Contains("! fra-1  its certificate expires 2026-10-22, in 31 days, and was not renewed yet.   Do: "
                        "culvert agents, where the key of the mesh CA is"));
    CHECK_THAT(agents_json(view), Catch::Contains("\"certificate_expires_at\": \"2026-10-22T14:13:20.000Z\""));
}

TEST_CASE("an agent that was seen in the future, by a clock that was set, has no age", "[cli]") {
    MeshView view = test::mock_mesh();
    view.agents[3].last_seen = view.now + 48h;
    const std::string text = agents_table(view, TextStyle{120, false, true});
    CHECK_THAT(text, Catch::Contains("sin-1             offline        ") &&
                         Catch::Contains("! sin-1  proxy px:8080 closed the link, 502.") && !Catch::Contains("– ago"));
}

TEST_CASE("programs read times as report.json writes them", "[cli]") {
    store::RunRecord run;
    run.started = WallTime(1'790'000'000s);
    CHECK_THAT(runs_json({run}), Catch::Contains("\"started_at\": \"2026-09-21T14:13:20.000Z\""));
    controller::enrol::InviteSummary summary;
    summary.invite.expires = WallTime(1'790'000'000s);
    CHECK_THAT(invites_json({summary}), Catch::Contains("\"expires_at\": \"2026-09-21T14:13:20.000Z\""));
}

TEST_CASE("the agents as JSON have null for what is not known", "[cli]") {
    test::check_golden("cli/agents.json", agents_json(test::mock_mesh()));
}

TEST_CASE("a table drops columns until it fits, the highest number first, then cuts the name", "[cli]") {
    Table table({{"NAME", Column::Side::Left}, {"a", Column::Side::Right, 1}, {"b", Column::Side::Right, 2}});
    table.add({"a name that is long", "11111", "22222"});
    CHECK(table.render(TextStyle{80, false, true}) ==
          "NAME                      a       b\na name that is long   11111   22222\n");
    CHECK(table.render(TextStyle{30, false, true}) == "NAME                      a\na name that is long   11111\n");
    CHECK(table.render(TextStyle{15, false, true}) == "NAME\na name that is…\n");
}

TEST_CASE("text is measured in characters and cut without breaking one or a colour", "[cli]") {
    CHECK(width_of("✓ µs") == 4);
    CHECK(clipped("✓✓✓✓", 3) == "✓✓…");
    const std::string red = paint("abcdef", Tone::Bad, TextStyle{80, true, true});
    CHECK(width_of(red) == 6);
    CHECK(clipped(red, 4) == "\x1b[31mabc…\x1b[0m");
    CHECK(ascii_only("✓ 62 µs ±1 – ▁█") == "v 62 us ~1 - _#");
}

TEST_CASE("bars and sparks fill with their share", "[cli]") {
    CHECK(progress_bar(0, 4) == "────");
    CHECK(progress_bar(0.625, 4) == "━━╸─");
    CHECK(progress_bar(2, 4) == "━━━━");
    CHECK(spark_line({1.0, std::nullopt, 8.0}, 8.0) == "▂ █");
    CHECK(spark_line({0.0, 0.0}, 0.0) == "▁▁");
}

TEST_CASE("runs are listed with verdict and trust, and an empty list says how to start one", "[cli]") {
    store::RunRecord run;
    run.id = "7f3a0001";
    run.name = "Checkout";
    run.state = "finished";
    run.started = WallTime(1'790'000'000s);
    run.ended = run.started + 334s;
    run.verdict = "FAIL";
    run.trust = "SUSPECT";
    run.agents = 3;
    run.out_dir = "/srv/runs/7f3a0001";
    store::RunRecord going = run;
    going.id = "81c20002";
    going.state = "running";
    going.ended.reset();
    going.verdict = "NONE";
    test::check_golden("cli/runs.txt", runs_table({going, run}, TextStyle{120, false, true}));
    CHECK(runs_table({}, TextStyle{}) == "No runs yet. Start one: culvert run PLAN\n");
}

TEST_CASE("invites are listed without their secrets", "[cli]") {
    controller::enrol::InviteSummary summary;
    summary.invite.id.bytes = {0x4c, 0x1d};
    summary.invite.secret = Secret("never-shown");
    summary.invite.labels = {{"region", "eu"}};
    summary.invite.expires = WallTime(1'790'000'000s) + 22h;
    summary.invite.uses = 3;
    summary.used_by = {"fra-1"};
    const std::string text = invites_table({summary}, WallTime(1'790'000'000s), TextStyle{100, false, true});
    test::check_golden("cli/invites.txt", text);
    CHECK(text.find("never-shown") == std::string::npos);
    CHECK(invites_json({summary}).find("never-shown") == std::string::npos);
}

TEST_CASE("a right plan says what it will do", "[cli]") {
    workload::PlanSummary plan;
    plan.name = "Checkout";
    plan.length = 330s;
    plan.warmup = 10s;
    plan.iterations = 63'000;
    plan.highest_request_rate = 400;
    workload::ScenarioSummary browse;
    browse.name = "browse";
    browse.agents = "region=eu";
    browse.phases = {"ramp from 0/s to 200/s over 30s", "200/s for 5m"};
    browse.open_model = true;
    browse.iterations = 63'000;
    browse.highest_rate = 200;
    browse.requests_per_iteration = 2;
    browse.requests_once_per_user = 1;
    browse.highest_request_rate = 400;
    browse.length = 330s;
    browse.finish_within = 30s;
    workload::ScenarioSummary trickle;
    trickle.name = "trickle";
    trickle.agents = "every agent";
    trickle.phases = {"20 users for 5m30s"};
    trickle.closed_model = true;
    trickle.most_users = 20;
    trickle.requests_per_iteration = 1;
    trickle.length = 330s;
    trickle.finish_within = 30s;
    plan.scenarios = {browse, trickle};
    plan.data = {{"customers", "customers.csv", 1000, "split over the agents, a row for each user"}};
    plan.members = {{4, 114.3, 36'000, 11, {572}}, {2, 57.1, 18'000, 6, {286}}, {1, 28.6, 9'000, 3, {142}}};
    plan.thresholds = {"error_rate < 1%"};
    test::check_golden("cli/check.txt", plan_text(plan, TextStyle{100, false, true}));
    test::check_golden("cli/check.json", plan_json(plan));
}
