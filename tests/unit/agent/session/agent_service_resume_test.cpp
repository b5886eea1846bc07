// What becomes of a run and its results when agent and controller lose each other, and when they meet again.
#include <catch2/catch.hpp>

#include "tests/unit/agent/session/agent_scene.h"

using namespace culvert;
using namespace culvert::test;
using namespace std::chrono_literals;

TEST_CASE("results measured during a cut arrive afterwards, each once", "[session]") {
    AgentScene scene;
    RecordingController controller(scene.time, scene.relay, 2);
    scene.run_for(controller);
    scene.uplink->down();
    for (std::uint32_t second = 0; second < 30; ++second)
        scene.engines.events->on_interval(FakeEngines::interval(second));
    scene.settle(5s);
    CHECK(controller.all<protocol::IntervalReport>().empty());
    scene.uplink->up();
    scene.settle(5s);
    const auto reports = controller.all<protocol::IntervalReport>();
    REQUIRE(reports.size() == 30);
    for (std::size_t i = 0; i < reports.size(); ++i) CHECK(reports[i].interval.number == i + 1);
}

TEST_CASE("a run whose controller is gone for good ends", "[session]") {
    AgentScene scene;
    RecordingController controller(scene.time, scene.relay, 2);
    scene.run_for(controller);
    controller.session->close("killed");
    scene.settle();
    CHECK(scene.service->run() == nullptr);
    CHECK(scene.engines.alive == 0);
}

TEST_CASE("another process of its controller gets what the first one missed of a run, in order, then the rest",
          "[session]") {
    AgentScene scene;
    scene.run_without_controller(3);
    RecordingController second(scene.time, scene.relay, 2, 99);
    scene.settle();
    CHECK(second.all<protocol::AgentHello>().at(0).run == "run-1");
    scene.engines.events->on_interval(FakeEngines::interval(5));  // still for nobody
    scene.settle();
    CHECK(second.numbers().empty());
    second.say(protocol::Resume{"run-1", 2});
    scene.settle();
    CHECK(second.numbers() == std::vector<std::uint64_t>{3, 4, 5, 6});
    scene.engines.events->on_interval(FakeEngines::interval(6));
    scene.settle();
    second.say(protocol::Stop{"run-1", false, "enough"});
    scene.engines.finish();
    scene.settle();
    CHECK(second.numbers() == std::vector<std::uint64_t>{3, 4, 5, 6, 7});
    const auto finished = second.all<protocol::RunFinished>();
    REQUIRE(finished.size() == 1);
    CHECK(finished[0].intervals_sent == 7);
    CHECK(finished[0].totals.scenarios.at(0).steps.at(0).requests == 70);
    CHECK(second.all<protocol::RunLeft>().empty());
    second.say(protocol::Release{"run-1"});
    scene.settle();
    CHECK(scene.service->run() == nullptr);
    CHECK(scene.spool->leftovers().empty());
}

TEST_CASE("a run that nobody resumed stops by itself, and whoever asks later gets all of it", "[session]") {
    AgentScene scene;
    scene.run_without_controller(1);
    scene.settle(125s);
    CHECK(scene.engines.stops.size() == 1);
    scene.engines.finish();
    scene.settle();
    RecordingController second(scene.time, scene.relay, 2, 99);
    scene.settle();
    CHECK(second.all<protocol::AgentHello>().at(0).run.empty());
    second.say(protocol::Resume{"run-1", 2});
    scene.settle();
    CHECK(second.numbers() == std::vector<std::uint64_t>{3});
    REQUIRE(second.all<protocol::RunFinished>().size() == 1);
    CHECK(second.all<protocol::RunFinished>()[0].outcome == protocol::Outcome::CutOff);
    CHECK(second.all<protocol::RunLeft>().empty());
}

TEST_CASE("a controller gets nothing of another one's run", "[session]") {
    AgentScene scene;
    scene.run_without_controller(3);
    RecordingController stranger(scene.time, scene.relay, 3);
    scene.settle();
    stranger.say(protocol::Resume{"run-1", 0});
    scene.settle();
    CHECK(stranger.numbers().empty());
    CHECK(stranger.all<protocol::RunLeft>().size() == 1);
    CHECK(scene.service->run()->state() == agent::run::State::Running);
}

TEST_CASE("a restarted agent delivers what its former process had kept, and says that it left the run", "[session]") {
    const TemporaryFolder folder;
    {
        AgentScene former(folder.file("spool.sqlite"));
        former.run_without_controller(3);
    }
    AgentScene scene(folder.file("spool.sqlite"));
    REQUIRE(scene.spool->leftovers().size() == 1);
    RecordingController controller(scene.time, scene.relay, 2, 99);
    scene.settle();
    CHECK(controller.all<protocol::AgentHello>().at(0).run.empty());
    controller.say(protocol::Resume{"run-1", 3});  // one arrived, only its acknowledgement did not
    scene.settle();
    CHECK(controller.numbers() == std::vector<std::uint64_t>{4, 5});
    const auto left = controller.all<protocol::RunLeft>();
    REQUIRE(left.size() == 1);
    CHECK(left[0].intervals_sent == 5);
    CHECK(scene.spool->leftovers().empty());
    // Asked again, by whomever: there is nothing any more, and nothing twice.
    controller.say(protocol::Resume{"run-1", 5});
    scene.settle();
    CHECK(controller.numbers().size() == 2);
    CHECK(controller.all<protocol::RunLeft>().size() == 2);
}

TEST_CASE("a session that ends without a run leaves nothing in the spool", "[session]") {
    AgentScene scene;
    {
        RecordingController controller(scene.time, scene.relay, 2);
        scene.settle();
        controller.uplink->down();
        scene.settle(11s);  // statuses wait for it
    }
    scene.settle(6min);  // the agent gives it up
    CHECK(scene.spool->leftovers().empty());
    CHECK(scene.spool->stored() == Bytes{0});
}
