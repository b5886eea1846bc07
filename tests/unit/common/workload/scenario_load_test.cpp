#include "common/workload/scenario_load.h"

#include <algorithm>

#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include "plan_text.h"

namespace culvert::workload {
namespace {

using namespace std::chrono_literals;

Plan mix_of(const std::string& load, const std::vector<int>& weights) {
    std::string text = "culvert: 1\nload: [ " + load + " ]\nscenarios:\n";
    for (std::size_t i = 0; i < weights.size(); ++i) {
        text += "  s" + std::to_string(i) + ": { weight: " + std::to_string(weights[i]) +
                ", steps: [ get: \"http://h/\" ] }\n";
    }
    return right_plan(text);
}

TEST_CASE("the scenarios of a mix add up to its load, at every second", "[workload]") {
    CHECK(rc::check([] {
        std::vector<int> weights;
        const int count = *rc::gen::inRange(1, 6);
        for (int i = 0; i < count; ++i) weights.push_back(*rc::gen::inRange(1, 100));
        const Plan plan =
            mix_of("ramp_rate: { from: 0/s, to: 97/s, over: 13s }, constant_users: { users: 41, for: 1m }", weights);
        const SlotCurve whole(plan.mix_load, 0);
        for (Duration t{}; t <= 14s; t += 1s) {
            std::uint64_t slots = 0;
            std::uint64_t users = 0;
            for (std::size_t s = 0; s < weights.size(); ++s) {
                slots += ScenarioLoad(plan, s, 0).slots_before(t);
                users += ScenarioLoad(plan, s, 0).users_at(t);
            }
            RC_ASSERT(slots == whole.slots_before(t));
            RC_ASSERT(users == users_at(plan.mix_load, t));
        }
    }));
}

TEST_CASE("the slots of a mix are those of the whole load, each in one scenario", "[workload]") {
    const Plan plan = mix_of("constant_rate: { rate: 10/s, for: 10s }", {70, 30});
    std::vector<Duration> times;
    for (std::size_t s = 0; s < 2; ++s) {
        const ScenarioLoad load(plan, s, 0);
        CHECK(load.slot_count() == (s == 0 ? 70U : 30U));
        for (std::uint64_t slot = 0; slot < load.slot_count(); ++slot) {
            times.push_back(*load.slot_time(slot));
            CHECK(load.slots_before(times.back()) == slot);
        }
        CHECK_FALSE(load.slot_time(load.slot_count()).has_value());
    }
    std::sort(times.begin(), times.end());
    for (std::size_t n = 0; n < times.size(); ++n) CHECK(times[n] == Duration{100ms} * n);
}

TEST_CASE("agents get their weight of every scenario of a mix", "[workload]") {
    // two scenarios and two agents by halves: were slots dealt to both by the same rule, each agent would see one
    // scenario only
    const Plan plan = mix_of("constant_rate: { rate: 100/s, for: 10s }", {1, 1});
    const Ownership agents = Ownership::of(std::vector<double>{1, 1}).value();
    for (std::size_t s = 0; s < 2; ++s) {
        const ScenarioLoad load(plan, s, 0);
        CHECK(agents.count_of(0, load.slot_count()) == 250);
        CHECK(agents.count_of(1, load.slot_count()) == 250);
    }
}

TEST_CASE("a scenario of a mix has its part of the rate and of counted iterations", "[workload]") {
    const Plan plan = mix_of(
        "constant_rate: { rate: 100/s, for: 10s }, iterations: { total: 103, users: 10, at_most: 1m }", {75, 25});
    CHECK(ScenarioLoad(plan, 0, 0).rate_at(1s) == Rate::per_second(75));
    CHECK(ScenarioLoad(plan, 0, 0).counted_iterations() + ScenarioLoad(plan, 1, 0).counted_iterations() == 103);
    std::uint64_t carried = 0;
    for (std::size_t s = 0; s < 2; ++s) {
        const ScenarioLoad load(plan, s, 0);
        for (std::uint64_t user = 0; user < load.most_users(); ++user) {
            for (const UserSpell& spell : load.spells_of_user(user)) carried += spell.iterations_per_user;
        }
    }
    CHECK(carried == 103);
}

TEST_CASE("scenarios with their own random rate draw apart", "[workload]") {
    const std::string scenario =
        "load: [ random_rate: { min: 1/s, max: 100/s, every: 1s, for: 20s } ], steps: [ get: \"http://h/\" ]";
    const Plan plan = right_plan("culvert: 1\nscenarios:\n  a: { " + scenario + " }\n  b: { " + scenario + " }\n");
    CHECK(ScenarioLoad(plan, 0, 5).slot_count() == ScenarioLoad(plan, 0, 5).slot_count());
    CHECK(ScenarioLoad(plan, 0, 5).rate_at(1s) != ScenarioLoad(plan, 1, 5).rate_at(1s));
}

}  // namespace
}  // namespace culvert::workload
