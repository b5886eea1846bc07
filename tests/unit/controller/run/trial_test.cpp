#include "controller/run/trial_controller.h"

#include <catch2/catch.hpp>

#include "common/protocol/rows.h"
#include "run_bench.h"

using namespace culvert;
using namespace culvert::run;
using namespace std::chrono_literals;
using metrics::Exchange;

namespace {

constexpr const char* kTwoScenarios =
    "culvert: 1\nname: Two\nscenarios:\n  one:\n    load: [ constant_rate: { rate: 70/s, for: 20s } ]\n    steps: [ "
    "get: \"http://t.test/a\", get: \"http://t.test/b\" ]\n  two:\n    load: [ constant_rate: { rate: 70/s, for: 20s } "
    "]\n    steps: [ get: \"http://t.test/c\" ]\n";

struct Bench final : TrialObserver {
    explicit Bench(const std::string& plan = kTwoScenarios) {
        setup.id = "7f3a0001";
        setup.plan = plan_from(plan);
        setup.seed = 42;
    }
    TrialController& begin(std::vector<bool> carried = {true, true}) {
        trial.emplace(setup, std::move(carried), port, clock, *this);
        trial->begin();
        return *trial;
    }
    void running(std::vector<bool> carried = {true, true}) {
        begin(std::move(carried));
        trial->on_message(protocol::Prepared{setup.id, {}, {}});
    }
    void on_exchange(const Exchange& exchange) override { exchanges.push_back(exchange); }
    void exchange(std::uint32_t scenario, std::uint32_t step, std::optional<metrics::ErrorKind> error = std::nullopt,
                  Exchange::Ending ending = Exchange::Ending::Final) {
        Exchange one;
        one.scenario = scenario;
        one.step = step;
        one.error = error;
        one.ending = ending;
        trial->on_message(protocol::ExchangeReport{setup.id, one});
    }
    // With so many requests of each scenario.
    void finish(std::vector<std::uint64_t> requests, protocol::Outcome outcome = protocol::Outcome::Completed) {
        protocol::RunFinished finished{setup.id, outcome, "why", 0, 0, {}};
        for (const std::uint64_t count : requests) {
            metrics::ScenarioStats& stats = finished.totals.scenarios.emplace_back();
            stats.offered = count > 0 ? 1 : 0;
            stats.steps.emplace_back().requests = count;
        }
        trial->on_message(finished);
    }
    void move(Duration by) {
        for (Duration moved{}; moved < by; moved += 100ms) {
            clock.move(100ms);
            trial->tick();
        }
    }

    RunSetup setup;
    FakeClock clock;
    FakePort port{"a1", {{"region", "eu"}}, 4, 100s};
    std::optional<TrialController> trial;
    std::vector<Exchange> exchanges;
};

}  // namespace

TEST_CASE("a trial prepares, starts and releases its one agent without clocks and barrier", "[run]") {
    Bench bench;
    bench.port.entry().clock.reset();
    bench.setup.variable_values = {"x"};
    bench.begin({true, false});
    const auto prepare = bench.port.all<protocol::Prepare>().at(0);
    CHECK(prepare.trial);
    CHECK(prepare.run == "7f3a0001");
    CHECK(prepare.plan_text == bench.setup.plan->text);
    CHECK(prepare.variable_values == bench.setup.variable_values);
    CHECK(prepare.share.scenarios == std::vector<workload::Seat>{{0, {1.0}}, {}});
    bench.trial->on_message(protocol::Prepared{"7f3a0001", {}, {}});
    CHECK(bench.port.all<protocol::Start>().size() == 1);
    bench.exchange(0, 0);
    bench.exchange(0, 1);
    bench.finish({2, 0});
    REQUIRE(bench.trial->over());
    CHECK(bench.trial->end().exit_code == ExitCode::Ok);
    CHECK(bench.trial->end().problems.empty());
    CHECK(bench.exchanges.size() == 2);
    CHECK(bench.port.all<protocol::Release>().size() == 1);
    CHECK(bench.trial->released());
}

TEST_CASE("a trial fails when a request does, not when a redirect or a retry came between", "[run]") {
    Bench bench;
    bench.running();
    bench.exchange(0, 0, std::nullopt, Exchange::Ending::Redirected);
    bench.exchange(0, 0, metrics::ErrorKind::Reset, Exchange::Ending::Retried);
    bench.exchange(0, 0);
    bench.exchange(0, 1);
    bench.exchange(1, 0);
    SECTION("all is well") {
        bench.finish({2, 1});
        CHECK(bench.trial->end().exit_code == ExitCode::Ok);
    }
    SECTION("one failed") {
        bench.exchange(0, 1, metrics::ErrorKind::Check);
        bench.finish({3, 1});
        CHECK(bench.trial->end().exit_code == ExitCode::ThresholdsFailed);
        CHECK(bench.trial->end().problems.empty());
    }
}

TEST_CASE("a scenario that never began, and a request that was not shown, are told", "[run]") {
    Bench bench;
    bench.running();
    bench.exchange(0, 0);
    bench.finish({2, 0});
    CHECK(bench.trial->end().exit_code == ExitCode::ThresholdsFailed);
    CHECK(bench.trial->end().problems ==
          std::vector<std::string>{"scenario two: no iteration began: its data has no row for a user",
                                   "1 more requests were made than could be shown"});
}

TEST_CASE("an exchange of a step that does not exist is dropped", "[run]") {
    Bench bench;
    bench.running();
    bench.exchange(7, 0);
    bench.exchange(0, 2);
    CHECK(bench.exchanges.empty());
}

TEST_CASE("an agent that refuses a trial, or is busy, ends it before anything is sent", "[run]") {
    Bench bench;
    bench.begin();
    SECTION("charter") {
        bench.trial->on_message(protocol::Prepared{"7f3a0001", {"t.test:80 is not in charter.targets", "more"}, {}});
        CHECK(bench.trial->end().problems ==
              std::vector<std::string>{"a1: t.test:80 is not in charter.targets", "a1: more"});
    }
    SECTION("busy") {
        bench.trial->on_message(protocol::Prepared{"7f3a0001", {"busy"}, "81c2"});
        CHECK(bench.trial->end().problems == std::vector<std::string>{"a1: busy with run 81c2"});
    }
    SECTION("silence") {
        bench.move(61s);
        CHECK(bench.trial->end().problems == std::vector<std::string>{"a1: not ready within 1m"});
    }
    SECTION("gone") {
        bench.trial->on_gone({Code::Disconnected, "it was stopped"});
        CHECK(bench.trial->end().problems == std::vector<std::string>{"a1 is gone: it was stopped"});
        CHECK(bench.trial->released());
    }
    CHECK(bench.trial->end().exit_code == ExitCode::AgentsMissing);
    CHECK(bench.port.all<protocol::Start>().empty());
}

TEST_CASE("a link that comes back in time does no harm to a trial, one that stays away ends it", "[run]") {
    Bench bench;
    bench.running();
    bench.trial->on_interrupted();
    bench.move(bench.setup.policy.agent_lost_after - 1s);
    bench.trial->on_connected();
    bench.move(bench.setup.policy.agent_lost_after + 1s);
    CHECK_FALSE(bench.trial->over());
    bench.trial->on_interrupted();
    bench.move(bench.setup.policy.agent_lost_after + 1s);
    REQUIRE(bench.trial->over());
    CHECK(bench.trial->end().exit_code == ExitCode::AgentsMissing);
    CHECK(bench.port.all<protocol::Stop>().at(0).at_once);
}

TEST_CASE("Ctrl-C cuts the trial and waits for the agent's word, a second one does not wait", "[run]") {
    Bench bench;
    bench.running();
    bench.trial->interrupt();
    CHECK(bench.port.all<protocol::Stop>().at(0).at_once);
    CHECK_FALSE(bench.trial->over());
    SECTION("the agent answers") {
        bench.finish({0, 0}, protocol::Outcome::Stopped);
    }
    SECTION("nobody answers") {
        bench.trial->interrupt();
    }
    REQUIRE(bench.trial->over());
    CHECK(bench.trial->end().exit_code == ExitCode::Interrupted);
    CHECK(bench.trial->end().problems.empty());
}

TEST_CASE("how the agent ended decides what a trial exits with", "[run]") {
    Bench bench;
    bench.running();
    ExitCode expected = ExitCode::Ok;
    SECTION("the plan aborted") {
        bench.finish({1, 1}, protocol::Outcome::Aborted);
        expected = ExitCode::ThresholdsFailed;
    }
    SECTION("the agent was stopped by its owner") {
        bench.finish({1, 1}, protocol::Outcome::Stopped);
        expected = ExitCode::AgentsMissing;
    }
    SECTION("the engine broke") {
        bench.finish({1, 1}, protocol::Outcome::Failed);
        expected = ExitCode::ThresholdsFailed;  // worse than internal: requests that were not shown
    }
    SECTION("it was restarted") {
        bench.trial->on_message(protocol::AgentHello{});
        expected = ExitCode::AgentsMissing;
    }
    CHECK(bench.trial->end().exit_code == expected);
    CHECK_FALSE(bench.trial->end().problems.empty());
}

TEST_CASE("the agent of a trial gets rows, but not a million of them", "[run]") {
    Bench bench;
    auto plan = workload::parse_plan("plan.yaml",
                                     "culvert: 1\nname: Data\ndata:\n  rows: { csv: rows.csv }\nscenarios:\n  one:\n   "
                                     " load: [ constant_rate: { rate: 70/s, for: 20s } ]\n    steps: [ get: "
                                     "\"http://t.test/${rows.id}\" ]\n");
    REQUIRE(plan);
    plan->data[0].columns = {"id"};
    bench.setup.plan = std::make_shared<const workload::Plan>(std::move(*plan));
    bench.setup.rows.resize(1);
    for (int i = 0; i < 5000; ++i) bench.setup.rows[0].push_back({std::to_string(i)});
    bench.begin({true});
    const protocol::DataSetFile file = bench.port.all<protocol::Prepare>().at(0).data.at(0);
    bench.trial->on_message(protocol::FileNeeded{"7f3a0001", file.rows.sha256, 0});
    std::string content;
    for (const auto& chunk : bench.port.all<protocol::FileChunk>()) content += chunk.data;
    const auto rows = protocol::decode_rows(1, content);
    REQUIRE(rows);
    CHECK(rows->size() == TrialController::kMostRows);
    CHECK(rows->front().at(0) == "0");
}
