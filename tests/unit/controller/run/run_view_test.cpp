#include <catch2/catch.hpp>

#include "controller/run/run_view.h"

using namespace culvert;
using namespace culvert::run;

namespace {

RunView full_view() {
    RunView view;
    view.id = "7f3a";
    view.name = "Checkout \"x\"\n";
    view.state = results::RunState::Running;
    view.phase = "hold 200/s";
    view.elapsed_s = 212;
    view.length_s = 330;
    view.load = {.planned_per_second = 200,
                 .offered_per_second = 199.9,
                 .delivered_per_second = {},
                 .missed = 3,
                 .users = 318,
                 .in_flight = 41};
    view.error_ratio = 0.005;
    view.errors = {{"HTTP 500", 412}, {"timeout", 12}};
    StepView step;
    step.scenario = "browse";
    step.step = "list products";
    step.p95_ms = 112;
    step.spark_p95_ms = {std::nullopt, 100.0, 112.5};
    view.steps = {step};
    AgentView agent;
    agent.name = "fra-1";
    agent.labels = {{"region", "eu"}};
    agent.state = results::AgentState::Lost;
    agent.silent_for_s = 30;
    view.agents = {agent};
    view.thresholds = {{"error_rate < 1%", 0.005, "0.5 %", results::ThresholdState::Pass, std::nullopt},
                       {"p95 < 1s", std::nullopt, "no data", results::ThresholdState::NoData, 7}};
    view.trust = {{"lost_agent", "0 agents", "1 of 3", "totals", "ams-3 lost", true}};
    view.worst_clock_error_ms = 0.8;
    view.events = {{-1000, "prepare", "", "preparing"}, {182'000, "agent_lost", "ams-3", "lost"}};
    view.verdict = results::Verdict::None;
    view.out_dir = "runs/7f3a";
    return view;
}

bool same(const RunView& a, const RunView& b) {
    return to_json(a) == to_json(b);
}

}  // namespace

TEST_CASE("a view travels as one line of JSON and comes back the same", "[run]") {
    for (const RunView& view : {full_view(), RunView{}}) {
        const std::string json = to_json(view);
        CHECK(json.find('\n') == std::string::npos);
        const auto back = run_view_from_json(json);
        REQUIRE(back);
        CHECK(same(*back, view));
        CHECK(back->steps == view.steps);
        CHECK(back->agents == view.agents);
        CHECK(back->thresholds == view.thresholds);
        CHECK(back->trust == view.trust);
        CHECK(back->events == view.events);
        CHECK(back->load == view.load);
    }
}

TEST_CASE("numbers that are not known are left out, not written as zero", "[run]") {
    const std::string json = to_json(full_view());
    CHECK(json.find("delivered_per_second") == std::string::npos);
    CHECK(json.find("p99_ms") == std::string::npos);
}

TEST_CASE("bytes that are no UTF-8 do not break a view", "[run]") {
    RunView view;
    view.name = "\xff\xfe";
    CHECK(run_view_from_json(to_json(view)));
}

TEST_CASE("what is no view is refused", "[run]") {
    const std::string good = to_json(full_view());
    for (const std::string& bad : {std::string(""), std::string("[]"), std::string("{}"),
                                   good.substr(0, good.size() / 2), std::string("{\"id\": 5}")})
        CHECK_FALSE(run_view_from_json(bad));
    std::string wrong_word = good;
    wrong_word.replace(wrong_word.find("\"running\""), 9, "\"flying\"");
    CHECK_FALSE(run_view_from_json(wrong_word));
    CHECK_FALSE(run_view_from_json(std::string(kLargestView + 1, ' ')));
}

TEST_CASE("a view says whether another follows", "[run]") {
    RunView view;
    CHECK_FALSE(view.over());
    view.state = results::RunState::Stopped;
    CHECK(view.over());
}
