// Runs that never come to be: nothing is started, and one line says why.
#include <catch2/catch.hpp>

#include "tests/integration/run/run_mesh.h"

using namespace culvert;
using namespace culvert::test;
using namespace std::chrono_literals;

namespace {

constexpr const char* kLoad = "constant_rate: { rate: 10/s, for: 2s }";

std::string only_problem(const tl::expected<run::RunEnd, run::NotStarted>& end, ExitCode code) {
    REQUIRE_FALSE(end);
    CHECK(end.error().code == code);
    REQUIRE(end.error().problems.size() == 1);
    return end.error().problems.front();
}

}  // namespace

TEST_CASE("a selector that nobody matches names itself and the labels there are", "[run]") {
    RunMesh mesh;
    mesh.add_three();
    run::RunRequest request = mesh.request(mesh.plan(kLoad), 0);
    // All three are there before the selector is looked at.
    const auto first = mesh.run(mesh.request(mesh.plan("constant_rate: { rate: 10/s, for: 1s }"), 3));
    REQUIRE(first);
    request.agents = *roster::parse_selector("size=huge");
    const std::string problem = only_problem(mesh.run(std::move(request)), ExitCode::AgentsMissing);
    CHECK(problem.find("no agent matches size=huge; the 3 agents here have the labels") == 0);
    CHECK(problem.find("size=large, small") != std::string::npos);
}

TEST_CASE("a target outside the charter is refused by the agent, with its name", "[run]") {
    RunMesh mesh;
    mesh.add_agent("a1");
    auto plan = workload::parse_plan("p.yaml",
                                     "culvert: 1\nname: P\nscenarios:\n  one:\n    load: [ constant_rate: { rate: "
                                     "10/s, for: 2s } ]\n    steps: [ get: \"http://10.9.9.9/\" ]\n");
    const auto end = mesh.run(mesh.request(std::make_shared<const workload::Plan>(std::move(*plan)), 1));
    REQUIRE(end);
    CHECK(end->exit_code == ExitCode::AgentsMissing);
    CHECK(end->result.state == results::RunState::Failed);
    REQUIRE(end->problems.size() == 1);
    CHECK(end->problems[0].find("a1: ") == 0);
    CHECK(end->problems[0].find("10.9.9.9") != std::string::npos);
    CHECK(mesh.origin().requests() == 0);
    // The agent is free for the next run.
    CHECK(mesh.run(mesh.request(mesh.plan("constant_rate: { rate: 10/s, for: 1s }"), 1)));
}

TEST_CASE("a relay that is down is exit code 5 with the reason", "[run]") {
    RunMesh mesh;
    mesh.relay().stop();
    run::RunRequest request = mesh.request(mesh.plan(kLoad), 1);
    request.reach_relay = 3s;
    std::vector<std::string> waiting;
    request.on_waiting = [&waiting](const std::string& text) { waiting.push_back(text); };
    const std::string problem = only_problem(mesh.run(std::move(request)), ExitCode::RelayNotReached);
    CHECK_FALSE(problem.empty());
    // Meanwhile each second: what is tried, how it fails, and when it is tried again.
    REQUIRE(waiting.size() >= 2);
    INFO(waiting.back());
    CHECK(waiting.back().find("connecting to the relay " + mesh.relay().url() + ": ") == 0);
    CHECK(waiting.back().find(problem) != std::string::npos);
    mesh.relay().start();
}

TEST_CASE("a proxy that refuses is exit code 5 with its answer, at once", "[run]") {
    RunMesh mesh;
    TestProxy::Rules rules;
    rules.username = "somebody";
    rules.password = "else";
    mesh.proxy().set_rules(rules);
    const std::string problem = only_problem(mesh.run(mesh.request(mesh.plan(kLoad), 1)), ExitCode::RelayNotReached);
    CHECK(problem.find("407") != std::string::npos);
}

TEST_CASE("too few agents are told with those that are there", "[run]") {
    RunMesh mesh;
    mesh.add_agent("a1");
    run::RunRequest request = mesh.request(mesh.plan(kLoad), 2);
    request.wait_at_most = 2s;
    std::vector<std::string> waiting;
    request.on_waiting = [&waiting](const std::string& text) { waiting.push_back(text); };
    const std::string problem = only_problem(mesh.run(std::move(request)), ExitCode::AgentsMissing);
    CHECK(problem.find("waited 2s for 2 agents, 1 came; there are a1 (ready") == 0);
    REQUIRE_FALSE(waiting.empty());
    CHECK(waiting.back() == "waiting for 2 agents: 1 ready");
}

TEST_CASE("a variable without a value, and an identity of an agent, are mistakes of the user", "[run]") {
    RunMesh mesh;
    SECTION("variable") {
        auto plan =
            workload::parse_plan("p.yaml",
                                 "culvert: 1\nname: P\nvariables: { key: { env: CULVERT_TEST_NOWHERE, secret: true } "
                                 "}\nscenarios:\n  one:\n    load: [ constant_rate: { rate: 10/s, for: 2s } ]\n"
                                 "    steps: [ get: \"http://t.test/${key}\" ]\n");
        REQUIRE(plan);
        const std::string problem = only_problem(
            mesh.run(mesh.request(std::make_shared<const workload::Plan>(std::move(*plan)), 1)), ExitCode::Usage);
        CHECK(problem.find("CULVERT_TEST_NOWHERE") != std::string::npos);
    }
    SECTION("identity") {
        const std::string file = mesh.folder().file("agent.pem");
        REQUIRE(mesh.relay().agent("a9").save(file));
        mesh.config().identity = file;
        const std::string problem = only_problem(mesh.run(mesh.request(mesh.plan(kLoad), 1)), ExitCode::Usage);
        CHECK(problem.find("identity of an agent (a9)") != std::string::npos);
    }
}
