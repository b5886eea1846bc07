// A run that ends before its plan does: stopped, or cut off from its controller.
#include <catch2/catch.hpp>

#include "tests/unit/agent/run/run_scene.h"

using namespace culvert;
using namespace culvert::test;
using agent::run::AgentRun;
using agent::run::State;
using agent::worker::StopMode;
using protocol::Outcome;
using namespace std::chrono_literals;

TEST_CASE("a stop lets the engine end, and the results follow", "[run]") {
    RunScene scene;
    AgentRun& run = scene.running();
    run.on_stop(StopMode::Gracefully, "Ctrl-C");
    CHECK(run.state() == State::Finishing);
    CHECK(scene.engines.stops == std::vector<StopMode>{StopMode::Gracefully});
    scene.engines.events->on_interval(FakeEngines::interval(0));
    scene.engines.finish();
    run.drain();
    const auto finished = scene.outlet.only<protocol::RunFinished>();
    CHECK(finished.outcome == Outcome::Stopped);
    CHECK(finished.reason == "Ctrl-C");
    CHECK(finished.intervals_sent == 1);
}

TEST_CASE("a prepared run that is stopped is over at once", "[run]") {
    RunScene scene;
    AgentRun& run = scene.begin();
    run.on_stop(StopMode::Gracefully, "");
    CHECK(run.over());
    CHECK(scene.outlet.only<protocol::RunFinished>().intervals_sent == 0);
    CHECK(scene.engines.alive == 0);
}

TEST_CASE("an engine that does not end after a stop at once is taken down", "[run]") {
    RunScene scene;
    AgentRun& run = scene.running();
    scene.engines.events->on_interval(FakeEngines::interval(0));
    run.on_stop(StopMode::AtOnce, "second Ctrl-C");
    scene.time.advance(AgentRun::kStopAtOnceTakes);
    CHECK(run.over());
    CHECK(scene.outlet.only<protocol::RunFinished>().intervals_sent == 1);
}

TEST_CASE("an agent that is cut off for too long stops by itself", "[run]") {
    RunScene scene;
    AgentRun& run = scene.running();
    run.on_cut_off();
    scene.time.advance(119s);
    CHECK(run.state() == State::Running);
    scene.time.advance(1s);
    CHECK(run.state() == State::Finishing);
    CHECK(scene.engines.stops == std::vector<StopMode>{StopMode::Gracefully});
    scene.engines.finish();
    run.drain();
    const auto finished = scene.outlet.only<protocol::RunFinished>();
    CHECK(finished.outcome == Outcome::CutOff);
    CHECK(finished.reason == "cut off from the controller for 2m");
}

TEST_CASE("an agent whose controller comes back in time goes on", "[run]") {
    RunScene scene;
    AgentRun& run = scene.running();
    run.on_cut_off();
    scene.time.advance(100s);
    run.on_back();
    scene.time.advance(100s);
    CHECK(run.state() == State::Running);
}

TEST_CASE("the controller may shorten the time an agent keeps running, not lengthen it", "[run]") {
    for (const auto& [asked, stops_after] : {std::pair<std::chrono::seconds, Duration>{5s, 5s}, {3600s, 120s}}) {
        RunScene scene;
        scene.prepare.keep_running_for = asked;
        AgentRun& run = scene.running();
        run.on_cut_off();
        scene.time.advance(stops_after - 1s);
        CHECK(run.state() == State::Running);
        scene.time.advance(1s);
        CHECK(run.state() == State::Finishing);
    }
}

TEST_CASE("a run that was prepared but never started is dropped when its controller stays away", "[run]") {
    RunScene scene;
    AgentRun& run = scene.begin();
    run.on_cut_off();
    scene.time.advance(2min);
    CHECK(run.over());
}
