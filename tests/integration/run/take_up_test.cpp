// A run outlives the process that carries it, and what an agent had measured outlives the agent's.
#include <catch2/catch.hpp>

#include "controller/run/run_session.h"
#include "tests/integration/run/run_mesh.h"

using namespace culvert;
using namespace culvert::test;
using namespace std::chrono_literals;
using results::AgentState;
using results::RunState;

namespace {

constexpr const char* kId = "7f3a0001";

// Carries the run until `holds`, then dies as by SIGKILL: says goodbye to nobody and writes nothing any more.
void carry_until(RunMesh& mesh, std::shared_ptr<const workload::Plan> plan, std::size_t agents,
                 std::function<bool(const run::RunView&)> holds) {
    net::Loop loop;
    auto who = run::load_identity(mesh.config(), loop.clock(), nullptr);
    REQUIRE(who);
    auto setup = run::set_up(mesh.config().run, std::move(plan), {}, {}, std::nullopt);
    REQUIRE(setup);
    setup->id = kId;
    setup->out_dir = mesh.out_dir().string();
    std::filesystem::create_directories(mesh.out_dir());
    run::RunSessionSetup session_setup;
    session_setup.run = std::move(*setup);
    session_setup.goal.at_least = agents;
    session_setup.journal = mesh.out_dir() / run::RunJournal::kFile;
    Watcher watcher;
    watcher.act = [&](const run::RunView& view) {
        if (holds(view)) loop.stop();
    };
    bool ended = false;
    run::RunSession session(loop, *who, run::uplink_by(mesh.config(), false), std::move(session_setup), watcher,
                            [&](const auto&) {
                                ended = true;
                                loop.stop();
                            });
    session.start();
    loop.run();
    INFO(watcher.told());
    REQUIRE_FALSE(ended);
}

tl::expected<run::RunEnd, run::NotStarted> take_up(RunMesh& mesh) {
    store::RunRecord record;
    record.id = kId;
    record.out_dir = mesh.out_dir().string();
    return run::take_up_run(mesh.config(), {record, false}, mesh.watcher, nullptr);
}

bool has_run(const run::RunView& view, double seconds) {
    return view.state == RunState::Running && view.elapsed_s >= seconds;
}

void check_nothing_lost(RunMesh& mesh, const run::RunEnd& end) {
    INFO(mesh.watcher.told());
    CHECK(end.result.state == RunState::Finished);
    CHECK(end.result.ledger.balanced);
    CHECK(end.result.ledger.lost == 0);
    CHECK(end.result.ledger.duplicated == 0);
    CHECK(end.result.ledger.sent == end.result.ledger.reported);
    CHECK(requests_of(end.result) == mesh.origin().requests());
    CHECK(doubts(end.result.trust).empty());
    CHECK(mesh.watcher.heard("taken_up"));
    CHECK_FALSE(mesh.watcher.heard("agent_lost"));
}

}  // namespace

TEST_CASE("a controller that dies in the middle of a run is replaced, and nothing is lost or counted twice", "[run]") {
    RunMesh mesh;
    mesh.config().run.agent_lost_after = 5s;
    mesh.add_three();
    carry_until(mesh, mesh.plan("constant_rate: { rate: 140/s, for: 6s }"), 3,
                [](const run::RunView& view) { return has_run(view, 2); });
    const auto end = take_up(mesh);
    REQUIRE(end);
    check_nothing_lost(mesh, *end);
    CHECK(end->result.id == kId);
    CHECK(end->result.totals[0].planned == 840);
    CHECK(end->result.totals[0].offered + end->result.totals[0].missed == 840);
    CHECK(std::any_of(end->result.events.begin(), end->result.events.end(),
                      [](const results::Event& event) { return event.kind == "barrier"; }));
    for (const results::AgentResult& agent : end->result.agents) CHECK(agent.clock_error_ms > 0);
    // Nobody is held by the run any more.
    CHECK(mesh.run(mesh.request(mesh.plan("constant_rate: { rate: 10/s, for: 1s }"), 3)));
}

TEST_CASE("a run whose load ended while nobody carried it is finished by whoever takes it up, however often", "[run]") {
    RunMesh mesh;
    mesh.config().run.agent_lost_after = 5s;
    mesh.add_three();
    carry_until(mesh, mesh.plan("constant_rate: { rate: 140/s, for: 3s }"), 3,
                [](const run::RunView& view) { return has_run(view, 1); });
    const SteadyTime died = SystemClock().steady_now();
    net::Loop loop;
    const auto passed = loop.every(10ms, [&] {
        if (loop.clock().steady_now() - died > 4s) loop.stop();
    });
    loop.run();
    {
        // A second one that dies as soon as it has heard of an agent.
        net::Loop second;
        auto who = run::load_identity(mesh.config(), second.clock(), nullptr);
        run::RunSessionSetup setup;
        auto taken = run::RunJournal::reopen(mesh.out_dir() / run::RunJournal::kFile);
        REQUIRE(taken);
        CHECK(run::RunJournal::reopen(mesh.out_dir() / run::RunJournal::kFile).error().code == Code::Overloaded);
        setup.taken_up = std::move(*taken);
        Watcher watcher;
        watcher.act = [&](const run::RunView& view) {
            for (const auto& agent : view.agents) {
                if (agent.state != AgentState::Interrupted) second.stop();
            }
        };
        run::RunSession session(second, *who, run::uplink_by(mesh.config(), false), std::move(setup), watcher,
                                [&](const auto&) { second.stop(); });
        session.start();
        second.run();
    }
    const auto end = take_up(mesh);
    REQUIRE(end);
    check_nothing_lost(mesh, *end);
    CHECK(end->result.totals[0].planned == 420);
}

TEST_CASE("an agent that was restarted delivers what it had kept of the run, and says that it left", "[run]") {
    RunMesh mesh;
    mesh.config().run.agent_lost_after = 4s;
    mesh.add_three();
    int phase = 0;
    std::uint64_t before = 0;
    mesh.watcher.act = [&](const run::RunView& view) {
        if (phase == 0 && has_run(view, 2)) {
            mesh.agent("a4").proxy().stall(true);  // from now on it keeps what it measures
            phase = 1;
        } else if (phase == 1 && has_run(view, 4)) {
            mesh.agent("a4").kill();
            before = mesh.origin().requests();
            mesh.agent("a4").proxy().stall(false);
            mesh.agent("a4").start();
            phase = 2;
        }
    };
    const auto end = mesh.run(mesh.request(mesh.plan("constant_rate: { rate: 140/s, for: 12s }"), 3));
    INFO(mesh.watcher.told());
    REQUIRE(end);
    CHECK(phase == 2);
    const results::RunResult& result = end->result;
    CHECK(result.state == RunState::Finished);
    CHECK(result.agents[2].state == AgentState::Lost);
    CHECK(result.agents[2].left);
    CHECK(result.agents[2].intervals_merged == result.agents[2].intervals_sent);
    CHECK(result.agents[2].intervals_merged >= 3);
    CHECK(result.ledger.lost == 0);
    CHECK(result.ledger.balanced);
    CHECK(doubts(result.trust) == std::vector<std::string>{"lost_agent"});
    CHECK(mesh.watcher.heard("agent_left", "a4"));
    // Only its last second, which no interval tells of, is missing.
    CHECK(requests_of(result) <= mesh.origin().requests());
    CHECK(mesh.origin().requests() - requests_of(result) <= 2 * 80 + 20);
    CHECK(before > 0);
}

TEST_CASE("a run whose process died before its load began is not taken up: nothing was started", "[run]") {
    RunMesh mesh;
    mesh.add_agent("a1");
    carry_until(mesh, mesh.plan("constant_rate: { rate: 10/s, for: 2s }"), 1,
                [](const run::RunView& view) { return view.state == RunState::Preparing; });
    const auto end = take_up(mesh);
    REQUIRE_FALSE(end);
    CHECK(end.error().problems.at(0).find("nothing was started") != std::string::npos);
}
