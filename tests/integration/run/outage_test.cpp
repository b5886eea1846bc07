// What happens to a run when links are cut, agents die and the relay restarts.
#include <catch2/catch.hpp>

#include "tests/integration/run/run_mesh.h"

using namespace culvert;
using namespace culvert::test;
using namespace std::chrono_literals;
using results::AgentState;
using results::RunState;

namespace {

void check_nothing_lost(const RunMesh& mesh, RunMesh& target, const run::RunEnd& end) {
    INFO(mesh.watcher.told());
    CHECK(end.result.state == RunState::Finished);
    CHECK(end.result.ledger.balanced);
    CHECK(end.result.ledger.lost == 0);
    CHECK(end.result.ledger.sent == end.result.ledger.reported);
    CHECK(requests_of(end.result) == target.origin().requests());
}

// Does something once, when the run has gone on for so long.
std::function<void(const run::RunView&)> once_after(double seconds, std::function<void()> what) {
    return [seconds, what = std::move(what), done = false](const run::RunView& view) mutable {
        if (done || view.state != RunState::Running || view.elapsed_s < seconds) return;
        done = true;
        what();
    };
}

}  // namespace

TEST_CASE("every link is cut in the middle of a run, and nothing is lost or counted twice", "[run]") {
    RunMesh mesh;
    mesh.config().run.agent_lost_after = 5s;
    mesh.add_three();
    mesh.watcher.act = once_after(1, [&mesh] {
        for (const char* name : {"a1", "a2", "a4"}) mesh.agent(name).proxy().cut();
        mesh.proxy().cut();
    });
    const auto end = mesh.run(mesh.request(mesh.plan("constant_rate: { rate: 140/s, for: 4s }"), 3));
    REQUIRE(end);
    check_nothing_lost(mesh, mesh, *end);
    CHECK(end->result.totals[0].planned == 560);
    CHECK(end->result.totals[0].offered + end->result.totals[0].missed == 560);
    CHECK(doubts(end->result.trust).empty());
    CHECK_FALSE(mesh.watcher.heard("agent_lost"));
}

TEST_CASE("a relay that restarts in the middle of a run costs it nothing", "[run]") {
    RunMesh mesh;
    mesh.config().run.agent_lost_after = 5s;
    mesh.add_three();
    mesh.watcher.act = once_after(1, [&mesh] {
        mesh.relay().stop();
        mesh.relay().start();
    });
    const auto end = mesh.run(mesh.request(mesh.plan("constant_rate: { rate: 140/s, for: 4s }"), 3));
    REQUIRE(end);
    check_nothing_lost(mesh, mesh, *end);
    CHECK(mesh.watcher.heard("relay_lost"));
    CHECK(mesh.watcher.heard("relay_back"));
}

TEST_CASE("a dead agent is lost, and the others carry the whole plan from one instant on", "[run]") {
    RunMesh mesh;
    mesh.add_three();
    mesh.watcher.act = once_after(1, [&mesh] { mesh.agent("a4").kill(); });
    const auto end = mesh.run(mesh.request(mesh.plan("constant_rate: { rate: 140/s, for: 6s }"), 3));
    INFO(mesh.watcher.told());
    REQUIRE(end);
    const results::RunResult& result = end->result;
    CHECK(result.state == RunState::Finished);
    CHECK(result.agents[2].state == AgentState::Lost);
    CHECK(result.agents[2].lost_at_millis);
    CHECK(result.redistributed);
    CHECK_FALSE(result.valid());
    CHECK(doubts(result.trust).at(0) == "lost_agent");
    CHECK_FALSE(result.ledger.balanced);
    const auto last = std::find_if(result.timeline.begin(), result.timeline.end(),
                                   [](const results::SecondResult& second) { return second.second == 5; });
    REQUIRE(last != result.timeline.end());
    CHECK(last->scenarios[0].planned == 140);
    CHECK(last->scenarios[0].offered > 110);  // of them at most 60 would be a1's and a2's own
    CHECK(last->agent_requests.count("a4") == 0);
    // Until then nobody carried the share of a4.
    CHECK(std::any_of(result.timeline.begin(), result.timeline.end(), [](const results::SecondResult& second) {
        return second.second < 5 && second.scenarios[0].offered + 20 < second.scenarios[0].planned;
    }));
}

TEST_CASE("an agent that was cut off returns with its spool, and the run is VALID again", "[run]") {
    RunMesh mesh;
    mesh.add_three();
    int phase = 0;
    mesh.watcher.act = [&](const run::RunView& view) {
        if (phase == 0 && view.state == RunState::Running && view.elapsed_s >= 1) {
            mesh.agent("a4").proxy().stall(true);
            phase = 1;
        } else if (phase == 1 && view.agents.size() == 3 && view.agents[2].state == AgentState::Lost) {
            CHECK(doubts(view.trust) == std::vector<std::string>{"lost_agent"});
            mesh.agent("a4").proxy().stall(false);
            phase = 2;
        }
    };
    const auto end = mesh.run(mesh.request(mesh.plan("constant_rate: { rate: 140/s, for: 6s }"), 3));
    REQUIRE(end);
    check_nothing_lost(mesh, mesh, *end);
    CHECK(phase == 2);
    CHECK(mesh.watcher.heard("agent_lost", "a4"));
    CHECK(mesh.watcher.heard("agent_back", "a4"));
    CHECK(doubts(end->result.trust).empty());
    CHECK(end->exit_code == ExitCode::Ok);
}

TEST_CASE("with policy abort a dead agent ends the run with exit code 4", "[run]") {
    RunMesh mesh;
    mesh.config().run.on_lost_agent = config::OnLostAgent::Abort;
    mesh.add_three();
    mesh.watcher.act = once_after(1, [&mesh] { mesh.agent("a1").kill(); });
    const auto end = mesh.run(mesh.request(mesh.plan("constant_rate: { rate: 140/s, for: 1m }"), 3));
    INFO(mesh.watcher.told());
    REQUIRE(end);
    CHECK(end->result.state == RunState::Aborted);
    CHECK(end->exit_code == ExitCode::AgentsMissing);
    CHECK(end->result.state_reason.find("a1 was lost") == 0);
}
