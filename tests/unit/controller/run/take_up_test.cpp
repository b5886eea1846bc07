// A run whose process died, taken up from its journal by another one.
#include <catch2/catch.hpp>

#include "tests/support/temporary_folder.h"
#include "tests/unit/controller/run/run_bench.h"

using namespace culvert;
using namespace culvert::run;
using namespace std::chrono_literals;
using results::AgentState;
using results::RunState;

namespace {

// A bench whose run is written down, and whose process can die.
struct JournalBench : RunBench {
    explicit JournalBench(const std::string& plan_text = kOpenPlan) : RunBench(plan_text) {
        setup.policy.agent_lost_after = 7s;
        setup.policy.on_lost_agent = config::OnLostAgent::Redistribute;
        std::vector<roster::RosterEntry> roster;
        for (const auto& port : ports) roster.push_back(port->entry());
        auto begun = RunJournal::create(file, setup, roster);
        if (!begun) throw std::runtime_error(begun.error().message);
        journal = std::move(*begun);
    }
    // The process dies, and another one takes the run up after a while; its agents are not there yet.
    Status die_and_take_up(Duration after = 3s) {
        controller.reset();
        journal.reset();
        listener = Listener();
        clock.move(after);
        auto taken = RunJournal::reopen(file);
        if (!taken) throw std::runtime_error(taken.error().message);
        CHECK(taken->setup.id == setup.id);
        CHECK(taken->setup.seed == setup.seed);
        CHECK(taken->setup.policy.agent_lost_after == 7s);
        journal = std::move(taken->journal);
        std::vector<AgentPort*> agents;
        for (const auto& port : ports) {
            port->sent.clear();
            port->is_connected = false;
            agents.push_back(port.get());
        }
        controller = std::make_unique<RunController>(std::move(taken->setup), taken->roster, agents, clock, listener,
                                                     journal.get());
        return controller->take_up();
    }
    void come_back(std::size_t agent, const std::string& with_run) {
        ports[agent]->is_connected = true;
        controller->on_connected(agent);
        protocol::AgentHello hello;
        hello.run = with_run;
        hello.run_state = with_run.empty() ? protocol::AgentRunState::Idle : protocol::AgentRunState::Running;
        say(agent, hello);
    }
    void reach_relay() { controller->on_own_link(true, ""); }

    test::TemporaryFolder folder;
    std::filesystem::path file = folder.file("run.journal");
};

}  // namespace

TEST_CASE("a run that is taken up has all that came before, asks for the rest, and balances", "[run]") {
    JournalBench bench;
    bench.start_all();
    bench.run_for(3, {0, 1, 2});
    bench.run().comment("deploy 412");
    REQUIRE(bench.die_and_take_up());
    CHECK(bench.run().view().state == RunState::Running);
    CHECK(bench.run().view().elapsed_s == Approx(6).margin(0.2));
    bench.reach_relay();
    for (const std::size_t agent : {0, 1, 2}) {
        bench.come_back(agent, bench.setup.id);
        CHECK(bench.ports[agent]->all<protocol::Resume>() == std::vector<protocol::Resume>{{bench.setup.id, 3}});
        CHECK(bench.ports[agent]->all<protocol::Prepare>().empty());
        CHECK(bench.ports[agent]->all<protocol::Stop>().empty());
        for (int second = 0; second < 3; ++second) bench.report(agent);  // what it kept meanwhile
    }
    CHECK_FALSE(bench.listener.heard("agent_lost"));
    bench.run_for(14, {0, 1, 2});
    for (const std::size_t agent : {0, 1, 2}) bench.finish(agent);
    bench.move(1s);
    REQUIRE(bench.listener.end);
    const results::RunResult& result = bench.listener.end->result;
    CHECK(result.state == RunState::Finished);
    CHECK(result.ledger.balanced);
    CHECK(result.ledger.sent == 60);
    CHECK(result.ledger.duplicated == 0);
    CHECK(bench.count(result) == 600);
    CHECK(result.agents[0].start_skew_ms == Approx(0.3));
    CHECK(result.agents[1].clock_offset_ms == Approx(200'000));
    std::vector<std::string> kinds;
    for (const results::Event& event : result.events) kinds.push_back(event.kind);
    CHECK(kinds == std::vector<std::string>{"prepare", "barrier", "started", "comment", "taken_up", "relay_back",
                                            "link_resumed", "link_resumed", "link_resumed", "finished"});
    CHECK(result.events[2].at_millis == 0);
}

TEST_CASE("a run that was being stopped when its process died goes on stopping", "[run]") {
    JournalBench bench;
    bench.start_all();
    bench.run_for(3, {0, 1, 2});
    bench.run().request_stop(StopMode::Gracefully, "interrupted by Ctrl-C");
    bench.finish(0);
    REQUIRE(bench.die_and_take_up());
    CHECK(bench.run().view().state == RunState::Finishing);
    bench.reach_relay();
    for (const std::size_t agent : {1, 2}) {
        bench.come_back(agent, bench.setup.id);
        CHECK(bench.ports[agent]->all<protocol::Stop>().size() == 1);
        bench.finish(agent);
    }
    REQUIRE(bench.listener.end);
    CHECK(bench.listener.end->result.state == RunState::Stopped);
    CHECK(bench.listener.end->exit_code == ExitCode::Interrupted);
    CHECK(bench.listener.end->result.ledger.balanced);
    CHECK(bench.ports[0]->all<protocol::Resume>().empty());
}

TEST_CASE("whoever does not come back to a run that was taken up is lost, once the relay is reached", "[run]") {
    JournalBench bench;
    bench.start_all();
    bench.run_for(3, {0, 1, 2});
    REQUIRE(bench.die_and_take_up());
    bench.move(20s);
    CHECK_FALSE(bench.listener.heard("agent_lost"));
    bench.reach_relay();
    bench.come_back(0, bench.setup.id);
    bench.move(8s);
    CHECK(bench.listener.heard("agent_lost", "a2"));
    CHECK(bench.listener.heard("agent_lost", "a4"));
    bench.finish(0);
    bench.move(30s);
    REQUIRE(bench.listener.end);
    CHECK_FALSE(bench.listener.end->result.valid());
}

TEST_CASE("an amendment that was under way when the process died is sent again", "[run]") {
    JournalBench bench;
    bench.start_all();
    bench.run_for(2, {0, 1, 2});
    bench.run().on_gone(2, {Code::Disconnected, "dead"});
    const auto before = bench.ports[0]->all<protocol::Amend>().at(0).share;
    REQUIRE(bench.die_and_take_up());
    bench.reach_relay();
    for (const std::size_t agent : {0, 1}) bench.come_back(agent, bench.setup.id);
    bench.move(200ms);
    REQUIRE(bench.ports[0]->all<protocol::Amend>().size() == 1);
    CHECK(bench.ports[0]->all<protocol::Amend>()[0].share == before);
    CHECK(bench.run().snapshot().agents[2].state == AgentState::Lost);
    CHECK(bench.run().snapshot().agents[2].lost_at_millis == 2000);
}

TEST_CASE("an agent that finished while nobody listened is asked, not lost", "[run]") {
    JournalBench bench;
    bench.start_all();
    bench.run_for(3, {0, 1, 2});
    REQUIRE(bench.die_and_take_up(30s));
    bench.reach_relay();
    for (const std::size_t agent : {0, 1, 2}) {
        bench.come_back(agent, "");
        for (int second = 0; second < 17; ++second) bench.report(agent);
        bench.finish(agent);
    }
    REQUIRE(bench.listener.end);
    CHECK_FALSE(bench.listener.heard("agent_lost"));
    CHECK(bench.listener.end->result.ledger.balanced);
    CHECK(bench.listener.end->result.ledger.lost == 0);
    CHECK(bench.listener.end->result.valid());
}

TEST_CASE("what a restarted agent had kept is merged, it stays lost, and no interval is unknown", "[run]") {
    JournalBench bench;
    bench.start_all();
    bench.run_for(3, {0, 1, 2});
    bench.run().on_gone(2, {Code::Disconnected, "the agent does not know this session"});
    bench.come_back(2, "");
    bench.report(2);
    bench.say(2, protocol::RunLeft{bench.setup.id, "the agent was restarted in the middle of the run", 4});
    CHECK_FALSE(bench.listener.heard("agent_back"));
    CHECK(bench.listener.heard("agent_left", "a4"));
    bench.run_for(17, {0, 1});
    for (const std::size_t agent : {0, 1}) bench.finish(agent);
    bench.move(1s);
    REQUIRE(bench.listener.end);
    const results::RunResult& result = bench.listener.end->result;
    CHECK(result.agents[2].state == AgentState::Lost);
    CHECK(result.agents[2].intervals_sent == 4);
    CHECK(result.agents[2].intervals_merged == 4);
    CHECK(result.ledger.lost == 0);
    CHECK(result.ledger.balanced);
    REQUIRE(result.trust.size() == 1);
    CHECK(result.trust[0].id == "lost_agent");
    CHECK(result.trust[0].text == "a4 restarted in the middle of the run: the last second is unknown");
}

TEST_CASE("a run whose load had not begun is not taken up", "[run]") {
    JournalBench bench;
    bench.make().begin();
    const Status taken = bench.die_and_take_up();
    REQUIRE_FALSE(taken);
    CHECK(taken.error().message.find("nothing was started") != std::string::npos);
}
