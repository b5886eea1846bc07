#include "agent/session/agent_service.h"

#include <catch2/catch.hpp>

#include "tests/unit/agent/session/agent_scene.h"

using namespace culvert;
using namespace culvert::test;
using agent::session::AgentService;
using namespace std::chrono_literals;

TEST_CASE("an agent says who it is on every session, and when asked", "[session]") {
    AgentScene scene;
    RecordingController controller(scene.time, scene.relay, 2);
    scene.settle();
    REQUIRE(controller.all<protocol::AgentHello>().size() == 1);
    const auto hello = controller.all<protocol::AgentHello>().front();
    CHECK(hello.name == "fra-1");
    CHECK(hello.charter.targets == std::vector<std::string>{"*:80"});
    CHECK(hello.run.empty());
    CHECK(hello.cpu_percent == 12.0);
    controller.say(protocol::Query{});
    scene.settle();
    CHECK(controller.all<protocol::AgentHello>().size() == 2);
}

TEST_CASE("an agent answers clock probes with its own clock", "[session]") {
    AgentScene scene;
    RecordingController controller(scene.time, scene.relay, 2);
    scene.settle();
    controller.session->send_datagram(protocol::encode(protocol::Datagram(protocol::ClockProbe{123us})));
    const auto before = scene.now();
    scene.settle();
    REQUIRE(controller.datagrams.size() == 1);
    const auto& reply = std::get<protocol::ClockReply>(controller.datagrams.front());
    CHECK(reply.probe_sent == 123us);
    CHECK(reply.received == before);
    CHECK(reply.replied >= reply.received);
}

TEST_CASE("a run goes from Prepare to Release over a session", "[session]") {
    AgentScene scene;
    RecordingController controller(scene.time, scene.relay, 2);
    scene.settle();
    controller.say(small_plan("run-1"));
    scene.settle();
    CHECK(controller.all<protocol::Prepared>().at(0).problems.empty());
    controller.say(protocol::Start{"run-1", scene.now()});
    scene.settle();
    CHECK(controller.all<protocol::Started>().size() == 1);
    scene.engines.events->on_interval(FakeEngines::interval(0));
    scene.engines.finish();
    scene.settle();
    CHECK(controller.all<protocol::IntervalReport>().size() == 1);
    CHECK(controller.all<protocol::RunFinished>().at(0).intervals_sent == 1);
    controller.say(protocol::Release{"run-1"});
    scene.settle();
    CHECK(scene.service->run() == nullptr);
}

TEST_CASE("a second controller is told which run holds the agent", "[session]") {
    AgentScene scene;
    RecordingController first(scene.time, scene.relay, 2), second(scene.time, scene.relay, 3);
    scene.settle();
    first.say(small_plan("run-1"));
    scene.settle();
    second.say(small_plan("run-2"));
    second.say(protocol::Stop{"run-1", true, "not mine"});
    scene.settle();
    const auto refused = second.all<protocol::Prepared>().at(0);
    CHECK(refused.busy_with == "run-1");
    CHECK(refused.problems == std::vector<std::string>{"the agent is busy with run run-1"});
    REQUIRE(scene.service->run() != nullptr);
    CHECK(scene.service->run()->state() == agent::run::State::Ready);
    second.say(protocol::Query{});
    scene.settle();
    CHECK(second.all<protocol::AgentHello>().back().run == "run-1");
}

TEST_CASE("the status of a connected agent comes every few seconds", "[session]") {
    AgentScene scene;
    RecordingController controller(scene.time, scene.relay, 2);
    scene.settle(11s);
    CHECK(controller.all<protocol::AgentStatus>().size() == 2);
    CHECK(controller.all<protocol::AgentStatus>().front().spooled_bytes == 77);
}

TEST_CASE("a controller that breaks the protocol loses its session", "[session]") {
    AgentScene scene;
    RecordingController controller(scene.time, scene.relay, 2);
    scene.settle();
    REQUIRE(controller.session->send(std::string("\0garbage", 8)));
    scene.settle();
    CHECK(controller.session == nullptr);
    CHECK(controller.lost.find("a message of a controller") != std::string::npos);
}

TEST_CASE("an agent that is told to stop ends its run and delivers the results first", "[session]") {
    AgentScene scene;
    RecordingController controller(scene.time, scene.relay, 2);
    scene.run_for(controller);
    bool done = false;
    scene.service->shut_down([&done] { done = true; });
    scene.settle();
    CHECK_FALSE(done);
    scene.engines.events->on_interval(FakeEngines::interval(0));
    scene.engines.finish();
    scene.settle();
    CHECK(done);
    CHECK(controller.all<protocol::RunFinished>().at(0).reason == "the agent was stopped");
}

TEST_CASE("an agent does not wait for an engine for ever when it is told to stop", "[session]") {
    AgentScene scene;
    RecordingController controller(scene.time, scene.relay, 2);
    scene.run_for(controller);
    bool done = false;
    scene.service->shut_down([&done] { done = true; });
    scene.settle(AgentService::kLongestShutDown + 1s);
    CHECK(done);
}
