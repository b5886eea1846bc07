#include <catch2/catch.hpp>

#include "run_bench.h"

using namespace culvert;
using namespace culvert::run;
using namespace std::chrono_literals;
using results::AgentState;
using results::RunState;

TEST_CASE("a silent agent is lost after the grace period, and its share goes to the others at one instant", "[run]") {
    RunBench bench;
    bench.start_all();
    bench.run_for(4, {0, 1, 2});
    bench.run().on_interrupted(2, {Code::Disconnected, "link cut"});
    CHECK(bench.run().snapshot().agents[2].state == AgentState::Interrupted);
    bench.run_for(10, {0, 1});
    CHECK(bench.ports[0]->all<protocol::Amend>().empty());
    bench.run_for(1, {0, 1});
    CHECK(bench.run().snapshot().agents[2].state == AgentState::Lost);
    CHECK(bench.listener.heard("agent_lost", "a4"));
    CHECK(bench.listener.heard("share_moved", "a4"));
    const auto first = bench.ports[0]->all<protocol::Amend>(), second = bench.ports[1]->all<protocol::Amend>(),
               lost = bench.ports[2]->all<protocol::Amend>();
    REQUIRE(first.size() == 1);
    REQUIRE(second.size() == 1);
    REQUIRE(lost.size() == 1);
    CHECK(first[0].share.scenarios[0] == workload::Seat{0, {1, 2}});
    CHECK(second[0].share.scenarios[0] == workload::Seat{1, {1, 2}});
    CHECK(lost[0].share.scenarios[0].weights.empty());
    CHECK(first[0].at.since_epoch - 100s == second[0].at.since_epoch - 200s);
    CHECK(lost[0].at.since_epoch - 400s == second[0].at.since_epoch - 200s);
    CHECK(bench.run().snapshot().trust.front().id == "lost_agent");
    CHECK(bench.run().view().agents[2].silent_for_s);
}

TEST_CASE("an agent is not lost for what its round trip of 20 s has not brought yet", "[run]") {
    RunBench bench;
    bench.ports[2]->entry().clock->rtt = 20s;
    bench.prepare_all();
    bench.move(20500ms);
    for (const std::size_t near : {0, 1}) bench.say(near, protocol::Started{bench.setup.id, {}});
    bench.run_for(19, {0, 1});
    CHECK_FALSE(bench.listener.heard("agent_lost"));
    for (int second = 0; second < 10; ++second) bench.report(2);
    bench.run_for(1, {0, 1});
    for (const std::size_t near : {0, 1}) bench.finish(near);
    bench.move(15s);
    CHECK_FALSE(bench.run().over());
    for (int second = 0; second < 10; ++second) bench.report(2);
    bench.finish(2);
    REQUIRE(bench.listener.end);
    CHECK(bench.listener.end->result.ledger.balanced);
    CHECK_FALSE(bench.listener.heard("agent_lost"));
}

TEST_CASE("a link that comes back in time loses nobody", "[run]") {
    RunBench bench;
    bench.start_all();
    bench.run_for(4, {0, 1, 2});
    bench.run().on_interrupted(2, {Code::Disconnected, "link cut"});
    bench.run_for(8, {0, 1});
    bench.run().on_connected(2);
    for (int second = 0; second < 8; ++second) bench.report(2);
    bench.run_for(8, {0, 1, 2});
    CHECK_FALSE(bench.listener.heard("agent_lost"));
    CHECK(bench.listener.heard("link_resumed", "a4"));
    for (std::size_t i = 0; i < 3; ++i) bench.finish(i);
    REQUIRE(bench.listener.end);
    CHECK(bench.listener.end->result.ledger.balanced);
    CHECK(bench.listener.end->result.valid());
    CHECK(bench.count(bench.listener.end->result) == 600);
}

TEST_CASE("an agent that returns with its spool makes the run VALID again", "[run]") {
    RunBench bench;
    bench.start_all();
    bench.run_for(4, {0, 1, 2});
    bench.run().on_interrupted(2, {Code::Disconnected, "link cut"});
    bench.run_for(12, {0, 1});
    CHECK(bench.run().snapshot().agents[2].state == AgentState::Lost);
    bench.run().on_connected(2);
    for (int second = 0; second < 12; ++second) bench.report(2);
    CHECK(bench.listener.heard("agent_back", "a4"));
    CHECK(bench.run().snapshot().agents[2].state == AgentState::Running);
    bench.finish(2, protocol::Outcome::CutOff);
    bench.run_for(4, {0, 1});
    bench.finish(0);
    bench.finish(1);
    REQUIRE(bench.listener.end);
    CHECK(bench.listener.end->result.valid());
    CHECK(bench.listener.end->result.ledger.balanced);
    CHECK(bench.listener.end->result.redistributed);
    CHECK(bench.listener.end->exit_code == ExitCode::Ok);
}

TEST_CASE("an agent that never returns leaves the run SUSPECT, and the run still ends", "[run]") {
    RunBench bench(std::string(kOpenPlan) + "thresholds: [ p95 < 1s ]\n");
    bench.start_all();
    bench.run_for(2, {0, 1, 2});
    bench.ports[2]->is_connected = false;
    bench.run().on_interrupted(2, {Code::Disconnected, "link cut"});
    bench.run_for(18, {0, 1});
    bench.finish(0);
    bench.finish(1);
    bench.move(200ms);
    REQUIRE(bench.listener.end);
    CHECK(bench.listener.end->result.state == RunState::Finished);
    CHECK(bench.listener.end->result.ledger.lost == 1);
    CHECK_FALSE(bench.listener.end->result.ledger.balanced);
    CHECK(bench.listener.end->exit_code == ExitCode::NotTrustworthy);
}

TEST_CASE("with policy continue nobody takes the share of a lost agent", "[run]") {
    RunBench bench(kOpenPlan, config::OnLostAgent::Continue);
    bench.start_all();
    bench.run_for(12, {0, 1});
    CHECK(bench.listener.heard("agent_lost", "a4"));
    CHECK(bench.ports[0]->all<protocol::Amend>().empty());
    CHECK_FALSE(bench.listener.end);
}

TEST_CASE("with policy abort the run ends, with exit code 4", "[run]") {
    RunBench bench(kOpenPlan, config::OnLostAgent::Abort);
    bench.start_all();
    bench.ports[2]->is_connected = false;
    bench.run_for(12, {0, 1});
    CHECK(bench.ports[0]->all<protocol::Stop>().at(0).at_once);
    bench.finish(0, protocol::Outcome::Stopped);
    bench.finish(1, protocol::Outcome::Stopped);
    bench.move(500ms);
    REQUIRE(bench.listener.end);
    CHECK(bench.listener.end->result.state == RunState::Aborted);
    CHECK(bench.listener.end->exit_code == ExitCode::AgentsMissing);
}

TEST_CASE("when every agent is lost the run waits for them, and then fails", "[run]") {
    RunBench bench(
        "culvert: 1\nname: Long\nscenarios:\n  one:\n    load: [ constant_rate: { rate: 70/s, for: 1h } ]\n    steps: "
        "[ get: \"http://t.test/\" ]\n");
    bench.start_all();
    for (auto& port : bench.ports) port->is_connected = false;
    bench.move(60s);
    CHECK_FALSE(bench.listener.end);
    bench.move(bench.setup.all_lost_timeout);
    REQUIRE(bench.listener.end);
    CHECK(bench.listener.end->result.state == RunState::Failed);
    CHECK(bench.listener.end->exit_code == ExitCode::AgentsMissing);
}

TEST_CASE("while the controller's own link is down nobody is lost", "[run]") {
    RunBench bench;
    bench.start_all();
    bench.run_for(4, {0, 1, 2});
    bench.run().on_own_link(false, "connection reset");
    for (std::size_t i = 0; i < 3; ++i) bench.run().on_interrupted(i, {Code::Disconnected, "no link"});
    bench.move(30s);
    CHECK_FALSE(bench.listener.heard("agent_lost"));
    bench.run().on_own_link(true, "");
    for (std::size_t i = 0; i < 3; ++i) bench.run().on_connected(i);
    bench.move(5s);
    CHECK_FALSE(bench.listener.heard("agent_lost"));
    for (std::size_t i = 0; i < 3; ++i) {
        for (int second = 0; second < 16; ++second) bench.report(i);
        bench.finish(i);
    }
    REQUIRE(bench.listener.end);
    CHECK(bench.listener.end->result.state == RunState::Finished);
    CHECK(bench.listener.end->result.valid());
}

TEST_CASE("a relay that is away for too long, or refuses for good, fails the run with exit code 5", "[run]") {
    RunBench bench;
    bench.start_all();
    SECTION("too long") {
        bench.run().on_own_link(false, "connection refused");
        bench.move(bench.setup.own_link_timeout + 1s);
    }
    SECTION("for good") {
        bench.run().on_own_link(false, "the certificate was revoked", true);
    }
    REQUIRE(bench.listener.end);
    CHECK(bench.listener.end->result.state == RunState::Failed);
    CHECK(bench.listener.end->exit_code == ExitCode::RelayNotReached);
}

TEST_CASE("an agent whose session is gone is lost at once, and one that was restarted too", "[run]") {
    RunBench bench;
    bench.start_all();
    bench.run_for(2, {0, 1, 2});
    SECTION("gone") {
        bench.run().on_gone(2, {Code::Disconnected, "the agent ended"});
    }
    SECTION("restarted") {
        protocol::AgentHello hello;
        hello.name = "a4";
        bench.say(2, hello);
        CHECK(bench.ports[2]->all<protocol::Resume>() == std::vector<protocol::Resume>{{bench.setup.id, 2}});
        CHECK_FALSE(bench.listener.heard("agent_lost"));
        bench.say(2, protocol::RunLeft{bench.setup.id, "the agent was restarted", 2});
    }
    CHECK(bench.listener.heard("agent_lost", "a4"));
    CHECK(bench.ports[0]->all<protocol::Amend>().size() == 1);
    CHECK(bench.run().snapshot().agents[2].lost_at_millis == 2000);
}

TEST_CASE("an agent whose engine broke is finished, and others take its share", "[run]") {
    RunBench bench;
    bench.start_all();
    bench.run_for(2, {0, 1, 2});
    bench.finish(1, protocol::Outcome::Failed);
    CHECK(bench.listener.heard("agent_failed", "a2"));
    CHECK(bench.ports[0]->all<protocol::Amend>().at(0).share.scenarios[0] == workload::Seat{0, {1, 4}});
    CHECK(bench.ports[1]->all<protocol::Amend>().empty());
}

TEST_CASE("an agent that is cut off before the start is lost too, once the start is past", "[run]") {
    RunBench bench;
    bench.prepare_all();
    bench.run().on_interrupted(0, {Code::Disconnected, "link cut"});
    bench.move(3s);
    CHECK_FALSE(bench.listener.heard("agent_lost"));
    bench.say(1, protocol::Started{bench.setup.id, {}});
    bench.say(2, protocol::Started{bench.setup.id, {}});
    bench.run_for(12, {1, 2});
    CHECK(bench.listener.heard("agent_lost", "a1"));
    CHECK_FALSE(bench.listener.heard("agent_lost", "a2"));
}

TEST_CASE("a status that is not about this run brings no lost agent back", "[run]") {
    RunBench bench;
    bench.start_all();
    bench.run_for(2, {0, 1, 2});
    bench.run_for(12, {0, 1});
    REQUIRE(bench.run().snapshot().agents[2].state == AgentState::Lost);
    bench.say(2, protocol::AgentStatus{});
    CHECK(bench.run().snapshot().agents[2].state == AgentState::Lost);
    protocol::AgentStatus status;
    status.run = bench.setup.id;
    bench.say(2, status);
    CHECK(bench.run().snapshot().agents[2].state == AgentState::Running);
}

TEST_CASE("an agent that its owner stops leaves the run: it is told, and its share goes to the others", "[run]") {
    RunBench bench;
    bench.start_all();
    bench.run_for(4, {0, 1, 2});
    bench.finish(2, protocol::Outcome::Stopped);
    CHECK(bench.listener.heard("agent_left", "a4"));
    CHECK(bench.listener.heard("share_moved", "a4"));
    REQUIRE(bench.ports[0]->all<protocol::Amend>().size() == 1);
    CHECK(bench.ports[0]->all<protocol::Amend>()[0].share.scenarios[0] == workload::Seat{0, {1, 2}});
    CHECK(bench.run().snapshot().agents[2].lost_at_millis);
    CHECK(bench.run().snapshot().agents[2].state == AgentState::Finished);
}

TEST_CASE("an agent that leaves a run ends it where the policy is to abort", "[run]") {
    RunBench bench(kOpenPlan, config::OnLostAgent::Abort);
    bench.start_all();
    bench.run_for(4, {0, 1, 2});
    bench.finish(2, protocol::Outcome::Stopped);
    for (const std::size_t agent : {0U, 1U}) bench.finish(agent, protocol::Outcome::Stopped);
    bench.move(1s);
    REQUIRE(bench.listener.end);
    CHECK(bench.listener.end->result.state == RunState::Aborted);
    CHECK(bench.listener.end->exit_code == ExitCode::AgentsMissing);
    CHECK_FALSE(bench.listener.heard("agent_left", "a1"));
}

TEST_CASE("agents that stop because the run was stopped did not leave it", "[run]") {
    RunBench bench;
    bench.start_all();
    bench.run_for(4, {0, 1, 2});
    bench.run().request_stop(StopMode::Gracefully, "interrupted by Ctrl-C");
    for (std::size_t i = 0; i < 3; ++i) bench.finish(i, protocol::Outcome::Stopped);
    CHECK_FALSE(bench.listener.heard("agent_left"));
    CHECK(bench.listener.end->result.valid());
}
