#include "agent/run/agent_run.h"

#include <catch2/catch.hpp>

#include "tests/unit/agent/run/run_scene.h"

using namespace culvert;
using namespace culvert::test;
using agent::run::AgentRun;
using agent::run::State;
using agent::worker::StopMode;
using protocol::Outcome;
using namespace std::chrono_literals;

TEST_CASE("a run that can be carried is prepared, starts at its instant and finishes with its totals", "[run]") {
    RunScene scene;
    AgentRun& run = scene.begin();
    CHECK(run.state() == State::Ready);
    CHECK(scene.outlet.only<protocol::Prepared>().problems.empty());
    CHECK(scene.engines.spec->run_id == "run-1");
    CHECK(scene.engines.spec->share.scenarios.size() == 1);

    const auto at = scene.in(3s);
    run.on_start({"run-1", at});
    CHECK(run.state() == State::Armed);
    CHECK(scene.engines.started_at == SteadyTime{at.since_epoch});
    CHECK(scene.outlet.all<protocol::Started>().empty());
    scene.time.advance(3s);
    CHECK(run.state() == State::Running);
    CHECK(scene.outlet.only<protocol::Started>().skew == 0us);

    for (std::uint32_t second = 0; second < 5; ++second)
        scene.engines.events->on_interval(FakeEngines::interval(second));
    run.drain();
    const auto reports = scene.outlet.all<protocol::IntervalReport>();
    REQUIRE(reports.size() == 5);
    for (std::size_t i = 0; i < 5; ++i) {
        CHECK(reports[i].interval.number == i + 1);
        CHECK(reports[i].interval.second == i);
    }
    scene.engines.finish();
    run.drain();
    CHECK(run.state() == State::Finished);
    CHECK(run.over());
    const auto finished = scene.outlet.only<protocol::RunFinished>();
    CHECK(finished.outcome == Outcome::Completed);
    CHECK(finished.intervals_sent == 5);
    CHECK(finished.totals.scenarios.at(0).steps.at(0).requests == 50);
    protocol::RunTotals merged;
    for (const auto& report : reports) merged.add(report.interval);
    CHECK(merged == finished.totals);
    CHECK(scene.engines.alive == 0);
}

TEST_CASE("a start that has passed already begins now, and its skew says so", "[run]") {
    RunScene scene;
    AgentRun& run = scene.begin();
    const SteadyTime now = scene.time.now();
    run.on_start({"run-1", scene.in(-40ms)});
    scene.time.advance(0s);
    CHECK(scene.engines.started_at == now);
    CHECK(scene.outlet.only<protocol::Started>().skew == 40ms);
    // The engine was started late, and its first iteration was late again.
    scene.engines.events->on_first_start(37us);
    scene.engines.events->on_interval(FakeEngines::interval(0));
    run.drain();
    REQUIRE(scene.outlet.all<protocol::Started>().size() == 2);
    CHECK(scene.outlet.all<protocol::Started>()[1].skew == 40ms + 37us);
}

TEST_CASE("a start in another age fails the run instead of waiting for it", "[run]") {
    RunScene scene;
    AgentRun& run = scene.begin();
    run.on_start({"run-1", scene.in(48h)});
    CHECK(run.over());
    CHECK(scene.outlet.only<protocol::RunFinished>().outcome == Outcome::Failed);
    CHECK_FALSE(scene.engines.started_at);
}

TEST_CASE("intervals that find no room are folded, numbered without gap, and lose nothing", "[run]") {
    RunScene scene;
    AgentRun& run = scene.running();
    scene.outlet.room = false;
    for (std::uint32_t second = 0; second < 1000; ++second) {
        scene.engines.events->on_interval(FakeEngines::interval(second));
        if (second % 100 == 0) run.drain();
    }
    scene.engines.finish();
    run.drain();
    CHECK(run.state() == State::Finishing);
    CHECK(scene.outlet.all<protocol::IntervalReport>().empty());
    scene.outlet.room = true;
    run.on_writable();
    CHECK(run.state() == State::Finished);
    const auto reports = scene.outlet.all<protocol::IntervalReport>();
    const auto finished = scene.outlet.only<protocol::RunFinished>();
    CHECK(reports.size() == agent::run::IntervalBacklog::kMostWaiting);
    protocol::RunTotals merged;
    std::uint64_t seconds = 0;
    for (std::size_t i = 0; i < reports.size(); ++i) {
        CHECK(reports[i].interval.number == i + 1);
        merged.add(reports[i].interval);
        seconds += 1 + reports[i].interval.folded;
    }
    CHECK(seconds == 1000);
    CHECK(finished.intervals_sent == reports.size());
    CHECK(finished.intervals_folded == 1000 - reports.size());
    CHECK(merged == finished.totals);
}

TEST_CASE("a plan that aborts the run says so before it finishes", "[run]") {
    RunScene scene;
    AgentRun& run = scene.running();
    scene.engines.events->on_abort("login failed");
    run.drain();
    CHECK(scene.outlet.only<protocol::RunAborted>().reason == "login failed");
    CHECK(scene.engines.stops == std::vector<StopMode>{StopMode::AtOnce});
    scene.engines.finish();
    run.drain();
    CHECK(scene.outlet.only<protocol::RunFinished>().outcome == Outcome::Aborted);
}

TEST_CASE("an amendment reaches the engine with its instant", "[run]") {
    RunScene scene;
    AgentRun& run = scene.running();
    const auto at = scene.in(2s);
    run.on_amend({"run-1", {{{1, {1.0, 1.0}}}}, at});
    REQUIRE(scene.engines.amendments.size() == 1);
    CHECK(scene.engines.amendments[0].second == SteadyTime{at.since_epoch});
    run.on_amend({"run-1", {}, at});
    CHECK(scene.engines.amendments.size() == 1);
}

TEST_CASE("no state of a run leads back", "[run]") {
    using agent::run::can_go;
    for (int from = 0; from <= static_cast<int>(State::Finished); ++from) {
        CHECK_FALSE(can_go(static_cast<State>(from), static_cast<State>(from)));
        CHECK_FALSE(can_go(State::Finished, static_cast<State>(from)));
    }
    CHECK(can_go(State::Ready, State::Armed));
    CHECK_FALSE(can_go(State::Idle, State::Running));
    CHECK_FALSE(can_go(State::Running, State::Finished));
}

TEST_CASE("a trial starts at once and hands over every exchange before it finishes", "[run]") {
    protocol::Prepare prepare = small_plan();
    prepare.trial = true;
    RunScene scene(prepare);
    AgentRun& run = scene.begin();
    CHECK(scene.engines.trial);
    run.on_start({"run-1", {}});  // no instant that two clocks agreed on
    CHECK(scene.engines.started_at == scene.time.now());
    scene.time.advance(1ms);
    CHECK(run.state() == State::Running);

    metrics::Exchange exchange;
    exchange.url = "http://shop.test/1";
    scene.engines.events->on_exchange(exchange);
    run.drain();
    CHECK(scene.outlet.only<protocol::ExchangeReport>() == protocol::ExchangeReport{"run-1", exchange});

    scene.outlet.room = false;
    exchange.url = "http://shop.test/2";
    scene.engines.events->on_exchange(exchange);
    scene.engines.finish();
    run.drain();
    CHECK(scene.outlet.all<protocol::RunFinished>().empty());
    scene.outlet.room = true;
    run.on_writable();
    CHECK(scene.outlet.all<protocol::ExchangeReport>().size() == 2);
    CHECK(scene.outlet.all<protocol::RunFinished>().size() == 1);
    CHECK(std::holds_alternative<protocol::RunFinished>(scene.outlet.sent.back()));
}

TEST_CASE("a run that is no trial is none for the engine either", "[run]") {
    RunScene scene;
    scene.begin();
    CHECK_FALSE(scene.engines.trial);
}
