#include <catch2/catch.hpp>

#include "run_bench.h"

using namespace culvert;
using namespace culvert::run;
using namespace std::chrono_literals;
using results::AgentState;
using results::RunState;

TEST_CASE("a run goes from prepare to a verdict, and its ledger balances", "[run]") {
    RunBench bench(std::string(kOpenPlan) + "thresholds: [ p95(one) < 100ms ]\n");
    bench.start_all();
    CHECK(bench.run().view().state == RunState::Running);
    CHECK(bench.run().snapshot().agents[0].start_skew_ms == Approx(0.3));
    bench.run_for(20, {0, 1, 2});
    bench.move(1s);
    CHECK(bench.run().view().state == RunState::Finishing);
    for (std::size_t i = 0; i < 3; ++i) bench.finish(i);
    REQUIRE(bench.listener.end);
    const results::RunResult& result = bench.listener.end->result;
    CHECK(result.state == RunState::Finished);
    CHECK(result.verdict == results::Verdict::Pass);
    CHECK(result.valid());
    CHECK(result.ledger ==
          results::Ledger{.sent = 60, .reported = 60, .lost = 0, .duplicated = 0, .folded = 0, .balanced = true});
    CHECK(result.totals[0].planned == 1400);
    CHECK(bench.count(result) == 600);
    CHECK(result.timeline.size() == 20);
    CHECK(bench.listener.end->exit_code == ExitCode::Ok);
    for (const auto& port : bench.ports) CHECK(port->all<protocol::Release>().size() == 1);
    CHECK(bench.run().released());
}

TEST_CASE("events are told by the time since the start, those before it below zero", "[run]") {
    RunBench bench;
    bench.start_all();
    bench.run_for(3, {0, 1, 2});
    bench.run().comment("deploy 412");
    const auto events = bench.run().snapshot().events;
    REQUIRE(events.size() >= 3);
    CHECK(events.front().kind == "prepare");
    CHECK(events.front().at_millis < 0);
    CHECK(events.back().kind == "comment");
    CHECK(events.back().text == "deploy 412");
    CHECK(events.back().at_millis == 3000);
}

TEST_CASE("a view comes each second, with rates and percentiles of the last ten", "[run]") {
    RunBench bench;
    bench.start_all();
    bench.listener.views.clear();
    bench.run_for(15, {0, 1, 2});
    CHECK(bench.listener.views.size() >= 14);
    CHECK(bench.listener.views.size() <= 17);
    const RunView& view = bench.listener.views.back();
    CHECK(view.phase == "hold 70/s");
    CHECK(view.load.planned_per_second == Approx(70));
    CHECK(view.load.offered_per_second == Approx(30));
    CHECK(view.steps.at(0).requests_per_second == Approx(30));
    CHECK(*view.steps.at(0).p95_ms == Approx(20).epsilon(0.002));
    CHECK(view.steps.at(0).spark_p95_ms.size() == kSparkPoints);
    CHECK(view.steps.at(0).spark_p95_ms.back());
    CHECK_FALSE(view.steps.at(0).spark_p95_ms.front());
    CHECK(view.agents.at(2).requests_per_second == Approx(10));
    CHECK(view.agents.at(2).cpu_percent == 12);
    CHECK(view.agents.at(2).state == AgentState::Running);
    CHECK(view.worst_clock_error_ms == Approx(1));
}

TEST_CASE("messages of another run, and intervals that come twice, change nothing", "[run]") {
    RunBench bench;
    bench.start_all();
    bench.move(1s);
    const auto first = bench.next_interval(0);
    bench.say(0, protocol::IntervalReport{"other", first});
    CHECK(bench.count(bench.run().snapshot()) == 0);
    bench.say(0, protocol::IntervalReport{bench.setup.id, first});
    bench.say(0, protocol::IntervalReport{bench.setup.id, first});
    CHECK(bench.count(bench.run().snapshot()) == 10);
    bench.say(0, protocol::RunFinished{"other", protocol::Outcome::Completed, "", 0, 0, {}});
    CHECK(bench.run().snapshot().agents[0].state == AgentState::Running);
}

TEST_CASE("iterations that are done before the time is up end the run early", "[run]") {
    RunBench bench;
    bench.start_all();
    bench.run_for(5, {0, 1, 2});
    for (std::size_t i = 0; i < 3; ++i) bench.finish(i);
    REQUIRE(bench.listener.end);
    CHECK(bench.listener.end->result.state == RunState::Finished);
    CHECK(bench.listener.end->exit_code == ExitCode::Ok);
}

TEST_CASE("the first stop is graceful, the second at once, the results so far are kept", "[run]") {
    RunBench bench;
    bench.start_all();
    bench.run_for(5, {0, 1, 2});
    bench.run().request_stop(StopMode::Gracefully, "interrupted by Ctrl-C");
    bench.run().request_stop(StopMode::Gracefully, "again");
    for (const auto& port : bench.ports) {
        REQUIRE(port->all<protocol::Stop>().size() == 1);
        CHECK_FALSE(port->all<protocol::Stop>()[0].at_once);
    }
    CHECK(bench.run().view().state != RunState::Stopped);
    bench.run().request_stop(StopMode::AtOnce, "interrupted by Ctrl-C");
    CHECK(bench.ports[0]->all<protocol::Stop>().at(1).at_once);
    for (std::size_t i = 0; i < 3; ++i) bench.finish(i, protocol::Outcome::Stopped);
    REQUIRE(bench.listener.end);
    const results::RunResult& result = bench.listener.end->result;
    CHECK(result.state == RunState::Stopped);
    CHECK(bench.listener.end->exit_code == ExitCode::Interrupted);
    CHECK(bench.count(result) == 150);
    CHECK(result.totals[0].planned == 350);  // nothing is planned after the stop
    CHECK(result.ledger.balanced);
    bench.run().request_stop(StopMode::AtOnce, "late");
    CHECK(bench.ports[0]->all<protocol::Stop>().size() == 2);
}

TEST_CASE("agents that do not stop are lost when the time to finish is over", "[run]") {
    RunBench bench;
    bench.start_all();
    bench.run_for(2, {0, 1, 2});
    bench.run().request_stop(StopMode::Gracefully, "stop");
    bench.finish(0, protocol::Outcome::Stopped);
    bench.finish(1, protocol::Outcome::Stopped);
    bench.run_for(60, {2});  // goes on as if nothing was said
    REQUIRE(bench.listener.end);
    CHECK(bench.listener.end->result.agents[2].state == AgentState::Lost);
    CHECK(bench.listener.end->result.state == RunState::Stopped);
}

TEST_CASE("a threshold with else abort stops the run at once", "[run]") {
    RunBench bench(std::string(kOpenPlan) + "thresholds: [ error_rate < 20% after 3s else abort ]\n");
    bench.start_all();
    for (int second = 0; second < 6 && !bench.listener.heard("threshold_crossed"); ++second) {
        bench.move(1s);
        for (std::size_t i = 0; i < 3; ++i) bench.report(i, 10, 9);
    }
    bench.move(200ms);
    CHECK(bench.listener.heard("threshold_crossed"));
    CHECK(bench.ports[1]->all<protocol::Stop>().at(0).at_once);
    for (std::size_t i = 0; i < 3; ++i) bench.finish(i, protocol::Outcome::Stopped);
    REQUIRE(bench.listener.end);
    CHECK(bench.listener.end->result.state == RunState::Aborted);
    CHECK(bench.listener.end->result.state_reason == "error_rate < 20% after 3s else abort: 90 %");
    CHECK(bench.listener.end->exit_code == ExitCode::ThresholdsFailed);
    CHECK(bench.listener.end->result.verdict == results::Verdict::Fail);
}

TEST_CASE("what an agent's plan aborts is aborted everywhere", "[run]") {
    RunBench bench;
    bench.start_all();
    bench.run_for(2, {0, 1, 2});
    bench.say(1, protocol::RunAborted{bench.setup.id, "step login failed, and on_fail is abort_run"});
    CHECK(bench.ports[0]->all<protocol::Stop>().at(0).at_once);
    for (std::size_t i = 0; i < 3; ++i) bench.finish(i, protocol::Outcome::Aborted);
    REQUIRE(bench.listener.end);
    CHECK(bench.listener.end->result.state == RunState::Aborted);
    CHECK(bench.listener.end->result.state_reason == "a2: step login failed, and on_fail is abort_run");
}

TEST_CASE("thresholds that fail give exit code 3, and doubt that touches one 6", "[run]") {
    const auto end_of = [](const std::string& thresholds, std::uint64_t failures, bool late) {
        RunBench bench(std::string(kOpenPlan) + thresholds);
        bench.start_all();
        for (int second = 0; second < 20; ++second) {
            bench.move(1s);
            for (std::size_t i = 0; i < 3; ++i) {
                auto one = bench.next_interval(i, 10, failures);
                if (late) {
                    one.lateness.record_micros(50'000, 10);
                    bench.totals[i].lateness.record_micros(50'000, 10);
                }
                bench.say(i, protocol::IntervalReport{bench.setup.id, one});
            }
        }
        for (std::size_t i = 0; i < 3; ++i) bench.finish(i);
        REQUIRE(bench.listener.end);
        CHECK(bench.listener.end->result.ledger.balanced);
        return bench.listener.end->exit_code;
    };
    CHECK(end_of("thresholds: [ error_rate < 1% ]\n", 0, false) == ExitCode::Ok);
    CHECK(end_of("thresholds: [ error_rate < 1% ]\n", 1, false) == ExitCode::ThresholdsFailed);
    CHECK(end_of("thresholds: [ p95 < 1s ]\n", 0, true) == ExitCode::NotTrustworthy);
    CHECK(end_of("thresholds: [ error_rate < 1% ]\n", 0, true) == ExitCode::Ok);
    CHECK(end_of("thresholds: [ error_rate < 1%, p95 < 1s ]\n", 1, true) == ExitCode::ThresholdsFailed);
}
