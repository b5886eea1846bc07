#include "controller/run/trial_choice.h"

#include <catch2/catch.hpp>

#include "run_bench.h"

using namespace culvert;
using namespace culvert::run;
using roster::EntryState;
using roster::RosterEntry;

namespace {

std::shared_ptr<const workload::Plan> plan() {
    const std::string load = "load: [ constant_rate: { rate: 7/s, for: 2s } ], steps: [ get: \"http://t.test/\" ]";
    return plan_from("culvert: 1\nname: P\nscenarios:\n  any: { " + load + " }\n  europe: { agents: { region: eu }, " +
                     load + " }\n  moon: { agents: { region: moon }, " + load + " }\n");
}

RosterEntry agent(const std::string& name, const std::string& region, EntryState state = EntryState::Ready) {
    RosterEntry entry;
    entry.name = name;
    entry.labels = {{"region", region}};
    entry.state = state;
    if (state == EntryState::Busy) entry.busy_with = "81c2";
    return entry;
}

const std::vector<RosterEntry> kPresent{agent("a", "us"), agent("b", "eu", EntryState::Busy), agent("c", "eu"),
                                        agent("d", "eu")};

std::string problem(const std::vector<RosterEntry>& present, const TrialWish& wish) {
    const auto choice = choose_for_trial(present, wish, *plan());
    REQUIRE_FALSE(choice);
    CHECK(choice.error().code == Code::Overloaded);
    return choice.error().message;
}

}  // namespace

TEST_CASE("a trial takes the first ready agent that carries most of its scenarios", "[run]") {
    const auto all = choose_for_trial(kPresent, {}, *plan());
    REQUIRE(all);
    CHECK(all->agent.name == "c");
    CHECK(all->carried == std::vector<bool>{true, true, false});
    CHECK(all->left_out == std::vector<bool>{false, false, true});
    CHECK(choose_for_trial(kPresent, {"any", "", {}}, *plan())->agent.name == "a");
    const auto europe = choose_for_trial(kPresent, {"europe", "", {}}, *plan());
    CHECK(europe->agent.name == "c");
    CHECK(europe->carried == std::vector<bool>{false, true, false});
    CHECK(europe->left_out == std::vector<bool>{false, false, false});
}

TEST_CASE("a trial takes the agent it is told to, and only for what that agent may carry", "[run]") {
    const auto named = choose_for_trial(kPresent, {"", "a", {}}, *plan());
    REQUIRE(named);
    CHECK(named->agent.name == "a");
    CHECK(named->carried == std::vector<bool>{true, false, false});
    CHECK(choose_for_trial(kPresent, {"", "", *roster::parse_selector("region=eu,name!=c")}, *plan())->agent.name ==
          "d");
}

TEST_CASE("whoever cannot try a plan is named with the reason", "[run]") {
    CHECK(problem(kPresent, {"", "x", {}}) == "no agent is called x; there are a, b, c, d");
    CHECK(problem(kPresent, {"", "", *roster::parse_selector("region=mars")}) ==
          "no agent matches region=mars; there are a, b, c, d");
    CHECK(problem({}, {}) == "no agent is there");
    CHECK(problem(kPresent, {"", "b", {}}) == "no agent is ready; b is busy with run 81c2");
    CHECK(problem(kPresent, {"moon", "", {}}) ==
          "scenario moon is for agents with region=moon: none of them is ready; b is busy with run 81c2");
    CHECK(problem(kPresent, {"europe", "a", {}}) ==
          "scenario europe is for agents with region=eu: none of them is ready");
}

TEST_CASE("a scenario that the plan does not have is a mistake, with a suggestion", "[run]") {
    CHECK(*find_scenario(*plan(), "europe") == 1);
    CHECK(find_scenario(*plan(), "eurpe").error().message ==
          "the plan has no scenario \"eurpe\"; did you mean europe?");
    CHECK(find_scenario(*plan(), "checkout").error().message ==
          "the plan has no scenario \"checkout\"; it has any, europe, moon");
    CHECK(choose_for_trial(kPresent, {"checkout", "", {}}, *plan()).error().code == Code::InvalidInput);
}
