#include <catch2/catch.hpp>

#include "common/protocol/rows.h"
#include "run_bench.h"

using namespace culvert;
using namespace culvert::run;
using namespace std::chrono_literals;
using results::AgentState;
using results::RunState;

TEST_CASE("every agent is prepared with the plan, the values, the seed and its own share", "[run]") {
    RunBench bench;
    bench.setup.variable_values = {"https://shop.test", "secret"};
    bench.make().begin();
    for (std::size_t i = 0; i < 3; ++i) {
        const auto prepares = bench.ports[i]->all<protocol::Prepare>();
        REQUIRE(prepares.size() == 1);
        CHECK(prepares[0].run == "7f3a0001");
        CHECK(prepares[0].plan_text == bench.setup.plan->text);
        CHECK(prepares[0].variable_values == bench.setup.variable_values);
        CHECK(prepares[0].seed == 42);
        CHECK(prepares[0].share.scenarios.at(0) == workload::Seat{i, {1, 2, 4}});
    }
    CHECK(bench.run().view().state == RunState::Preparing);
}

TEST_CASE("nobody starts before everybody is ready", "[run]") {
    RunBench bench;
    bench.make().begin();
    bench.say(0, protocol::Prepared{"7f3a0001", {}, {}});
    bench.say(1, protocol::Prepared{"7f3a0001", {}, {}});
    bench.move(30s);
    CHECK(bench.ports[0]->all<protocol::Start>().empty());
    bench.say(2, protocol::Prepared{"7f3a0001", {}, {}});
    bench.move(1s);
    CHECK(bench.run().view().state == RunState::Ready);
    for (const auto& port : bench.ports) CHECK(port->all<protocol::Start>().size() == 1);
}

TEST_CASE("the barrier also waits for every clock to be measured", "[run]") {
    RunBench bench;
    const auto known = std::exchange(bench.ports[1]->entry().clock, std::nullopt);
    bench.prepare_all();
    bench.move(1s);
    CHECK(bench.run().view().state == RunState::Preparing);
    bench.ports[1]->entry().clock = known;
    bench.move(1s);
    CHECK(bench.run().view().state == RunState::Ready);
}

TEST_CASE("all start at one instant, each told in the time of its own clock", "[run]") {
    RunBench bench;
    bench.prepare_all();
    const auto at = bench.clock.steady_now() + bench.setup.policy.start_delay;
    for (std::size_t i = 0; i < 3; ++i) {
        const auto start = bench.ports[i]->all<protocol::Start>().at(0);
        const auto offset = std::chrono::seconds(100 * (1 << i));
        CHECK(start.at.since_epoch ==
              std::chrono::duration_cast<std::chrono::microseconds>(at.time_since_epoch()) + offset);
    }
    CHECK(bench.run().view().state == RunState::Ready);
    bench.move(3s);
    CHECK(bench.run().view().state == RunState::Running);
    CHECK(bench.run().snapshot().started_at == WallTime(at.time_since_epoch() + 24h));
}

TEST_CASE("a start is never sooner than the slowest agent can be told", "[run]") {
    RunBench bench;
    bench.setup.policy.start_delay = 100ms;
    bench.ports[2]->entry().clock->rtt = 2s;
    bench.prepare_all();
    bench.move(2s);
    CHECK(bench.run().view().state == RunState::Ready);
    bench.move(1s);
    CHECK(bench.run().view().state == RunState::Running);
}

TEST_CASE("problems of all agents are collected with their names, and nothing is started", "[run]") {
    RunBench bench;
    bench.make().begin();
    bench.say(0,
              protocol::Prepared{
                  "7f3a0001", {"shop.test:443 is not in charter.targets", "500/s is more than charter.max_rate"}, {}});
    bench.say(1, protocol::Prepared{"7f3a0001", {}, {}});
    bench.move(1s);
    REQUIRE_FALSE(bench.listener.end);
    bench.say(2, protocol::Prepared{"7f3a0001", {"it is busy"}, "81c2"});
    bench.move(1s);
    REQUIRE(bench.listener.end);
    CHECK(bench.listener.end->problems == std::vector<std::string>{"a1: shop.test:443 is not in charter.targets",
                                                                   "a1: 500/s is more than charter.max_rate",
                                                                   "a4: busy with run 81c2"});
    CHECK(bench.listener.end->exit_code == ExitCode::AgentsMissing);
    CHECK(bench.listener.end->result.state == RunState::Failed);
    CHECK(bench.listener.end->result.agents[0].state == AgentState::Refused);
    for (const auto& port : bench.ports) {
        CHECK(port->all<protocol::Start>().empty());
        CHECK(port->all<protocol::Release>().size() == 1);
    }
}

TEST_CASE("an agent that does not get ready is named when the time is up", "[run]") {
    RunBench bench;
    bench.make().begin();
    bench.say(0, protocol::Prepared{"7f3a0001", {}, {}});
    bench.say(1, protocol::Prepared{"7f3a0001", {}, {}});
    bench.move(bench.setup.prepare_timeout + 1s);
    REQUIRE(bench.listener.end);
    CHECK(bench.listener.end->problems == std::vector<std::string>{"a4: not ready within 60 s"});
    CHECK(bench.listener.end->exit_code == ExitCode::AgentsMissing);
}

TEST_CASE("an agent that is gone while preparing ends it at once", "[run]") {
    RunBench bench;
    bench.make().begin();
    bench.run().on_gone(1, {Code::Disconnected, "the agent was stopped"});
    REQUIRE(bench.listener.end);
    CHECK(bench.listener.end->result.state_reason == "a2 is gone: the agent was stopped");
    CHECK(bench.listener.end->exit_code == ExitCode::AgentsMissing);
}

TEST_CASE("a stop while preparing starts nothing and is an interruption", "[run]") {
    RunBench bench;
    bench.make().begin();
    bench.run().request_stop(StopMode::Gracefully, "Ctrl-C");
    REQUIRE(bench.listener.end);
    CHECK(bench.listener.end->result.state == RunState::Stopped);
    CHECK(bench.listener.end->exit_code == ExitCode::Interrupted);
    CHECK(bench.ports[0]->all<protocol::Stop>().at(0).at_once);
}

namespace {

constexpr const char* kDataPlan =
    "culvert: 1\nname: Data\ndata:\n  rows: { csv: rows.csv, across_agents: split }\n  all: { csv: all.csv, "
    "across_agents: copy }\nscenarios:\n"
    "  one:\n    load: [ constant_rate: { rate: 70/s, for: 20s } ]\n    steps: [ get: "
    "\"http://t.test/${rows.id}/${all.x}\" ]\n";

// A plan with the facts that load_plan would have found in its CSV files.
RunSetup data_setup(std::uint64_t rows) {
    RunSetup setup;
    setup.id = "7f3a0001";
    auto plan = workload::parse_plan("plan.yaml", kDataPlan);
    REQUIRE(plan);
    plan->data[0].columns = {"id"};
    plan->data[1].columns = {"x"};
    setup.plan = std::make_shared<const workload::Plan>(std::move(*plan));
    setup.rows.resize(2);
    for (std::uint64_t i = 0; i < rows; ++i) setup.rows[0].push_back({std::to_string(i)});
    setup.rows[1] = {{"p"}, {"q"}};
    return setup;
}

protocol::Rows fetch(RunBench& bench, std::size_t agent, const protocol::DataSetFile& file) {
    bench.ports[agent]->sent.clear();
    bench.say(agent, protocol::FileNeeded{"7f3a0001", file.rows.sha256, 0});
    std::string content;
    for (const auto& chunk : bench.ports[agent]->all<protocol::FileChunk>()) {
        CHECK(chunk.offset == content.size());
        content += chunk.data;
    }
    CHECK(content.size() == file.rows.size);
    auto rows = protocol::decode_rows(file.columns.size(), content);
    REQUIRE(rows);
    return *rows;
}

}  // namespace

TEST_CASE("every row of a split set goes to exactly one agent, and a copied set to all", "[run]") {
    RunBench bench;
    bench.setup = data_setup(700);
    bench.make().begin();
    std::map<std::string, int> owners;
    for (std::size_t i = 0; i < 3; ++i) {
        const auto prepare = bench.ports[i]->all<protocol::Prepare>().at(0);
        REQUIRE(prepare.data.size() == 2);
        CHECK(prepare.data[0].name == "rows");
        const auto own = fetch(bench, i, prepare.data[0]);
        CHECK(own.size() == 100U << i);
        for (const auto& row : own) ++owners[row.at(0)];
        CHECK(fetch(bench, i, prepare.data[1]) == protocol::Rows{{"p"}, {"q"}});
    }
    CHECK(owners.size() == 700);
    for (const auto& [row, count] : owners) CHECK(count == 1);
}

TEST_CASE("an agent gets no file but its own", "[run]") {
    RunBench bench;
    bench.setup = data_setup(700);
    bench.make().begin();
    const auto of_others = bench.ports[1]->all<protocol::Prepare>().at(0).data.at(0).rows.sha256;
    bench.say(0, protocol::FileNeeded{"7f3a0001", of_others, 0});
    bench.say(0, protocol::FileNeeded{"7f3a0001", protocol::Sha256{}, 0});
    CHECK(bench.ports[0]->sent_chunks() == 0);
}

TEST_CASE("large files wait for room, go on where they were, and start again where they are asked to", "[run]") {
    RunBench bench;
    bench.setup = data_setup(400'000);
    bench.ports[2]->room = 2;
    bench.make().begin();
    const auto file = bench.ports[2]->all<protocol::Prepare>().at(0).data.at(0).rows;
    REQUIRE(file.size > 3 * protocol::kLargestChunk);
    bench.say(2, protocol::FileNeeded{"7f3a0001", file.sha256, 0});
    CHECK(bench.ports[2]->sent_chunks() == 2);
    bench.move(bench.setup.prepare_timeout * 2);
    CHECK(bench.run().view().state == RunState::Preparing);  // still on its way
    bench.ports[2]->room = 3;
    bench.run().on_room(2);
    CHECK(bench.ports[2]->all<protocol::FileChunk>().back().offset == 2 * protocol::kLargestChunk);
    bench.ports[2]->room = 1000;
    bench.say(2, protocol::FileNeeded{"7f3a0001", file.sha256, protocol::kLargestChunk});
    CHECK(bench.ports[2]->all<protocol::FileChunk>().at(3).offset == protocol::kLargestChunk);
    const auto last = bench.ports[2]->all<protocol::FileChunk>().back();
    CHECK(last.offset + last.data.size() == file.size);
    bench.say(2, protocol::FileNeeded{"7f3a0001", file.sha256, file.size + 5});  // nothing there
    CHECK(bench.ports[2]->all<protocol::FileChunk>().back() == last);
}

TEST_CASE("what kept a run from starting is told once", "[run]") {
    RunBench bench;
    bench.make().begin();
    bench.say(0, protocol::Prepared{"7f3a0001", {}, {}});
    bench.say(1, protocol::Prepared{"7f3a0001", {"t.test:80 is not in charter.targets"}, {}});
    bench.say(2, protocol::Prepared{"7f3a0001", {}, {}});
    bench.run().tick();
    REQUIRE(bench.listener.end);
    CHECK(bench.listener.end->result.state_reason == "a2: t.test:80 is not in charter.targets");
    std::vector<std::string> texts;
    for (const results::Event& event : bench.listener.events) texts.push_back(event.text);
    CHECK(texts == std::vector<std::string>{"preparing 3 agents", "t.test:80 is not in charter.targets",
                                            "the run did not start"});
}

TEST_CASE("a run of one agent is told of in the singular", "[run]") {
    RunBench bench;
    bench.ports.resize(1);
    bench.prepare_all();
    bench.move(bench.setup.policy.start_delay);
    std::vector<std::string> texts;
    for (const results::Event& event : bench.listener.events) texts.push_back(event.text);
    CHECK(texts == std::vector<std::string>{"preparing 1 agent", "the agent is ready; start in 3s", "1 agent starts"});
}
