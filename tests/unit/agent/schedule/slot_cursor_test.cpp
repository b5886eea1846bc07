#include "agent/schedule/slot_cursor.h"

#include <map>

#include <rapidcheck.h>
#include <catch2/catch.hpp>

namespace culvert::agent::schedule {
namespace {

using namespace std::chrono_literals;
using workload::ConstantRate;
using workload::LoadPhase;
using workload::RampRate;
using workload::ScenarioLoad;

constexpr Duration kEver = 1000h;

workload::Plan mix_of(std::vector<LoadPhase> load, const std::vector<double>& weights) {
    workload::Plan plan;
    plan.mix_load = std::move(load);
    for (const double weight : weights) {
        workload::Scenario scenario;
        scenario.weight = weight;
        plan.scenarios.push_back(scenario);
    }
    return plan;
}

workload::Plan single(std::vector<LoadPhase> load) {
    workload::Plan plan;
    plan.scenarios.resize(1);
    plan.scenarios[0].load = std::move(load);
    return plan;
}

std::shared_ptr<const ScenarioLoad> load_of(const workload::Plan& plan, std::size_t scenario = 0) {
    return std::make_shared<ScenarioLoad>(plan, scenario, 7);
}

SeatRule rule_of(std::size_t agent, std::vector<double> weights) {
    return SeatRule::of(workload::Seat{agent, std::move(weights)}).value();
}

using Taken = std::map<std::uint64_t, Duration>;  // slot → due

void take_until(SlotCursor& cursor, Duration until, Taken& taken) {
    Duration last{};
    while (cursor.peek() && cursor.peek()->due < until) {
        const OwnedSlot slot = *cursor.peek();
        RC_ASSERT(slot.due >= last);
        last = slot.due;
        RC_ASSERT(taken.emplace(slot.index, slot.due).second);  // nobody else took it
        cursor.advance();
    }
}

TEST_CASE("the slots of all agents and threads are the plan's, each exactly once and when it is due", "[schedule]") {
    CHECK(rc::check([] {
        const auto weights =
            *rc::gen::nonEmpty(rc::gen::container<std::vector<double>>(rc::gen::element(0.5, 1.0, 2.0, 4.0, 7.25)));
        const auto threads = *rc::gen::inRange(1u, 5u);
        const auto rate = *rc::gen::inRange(1, 200);
        const auto plan =
            single({RampRate{Rate{0}, Rate::per_second(rate), 5s}, ConstantRate{Rate::per_second(rate), 10s}});
        const auto load = load_of(plan);
        Taken taken;
        for (std::size_t agent = 0; agent < weights.size(); ++agent) {
            for (unsigned thread = 0; thread < threads; ++thread) {
                SlotCursor cursor(load, rule_of(agent, weights), {thread, threads});
                take_until(cursor, kEver, taken);
                RC_ASSERT(!cursor.peek());
            }
        }
        RC_ASSERT(taken.size() == load->slot_count());
        for (const auto& [slot, due] : taken) RC_ASSERT(load->slot_time(slot) == due);
    }));
}

TEST_CASE("a mix gives each scenario its weight on every agent", "[schedule]") {
    const auto plan = mix_of({ConstantRate{Rate::per_second(100), 100s}}, {70, 30});
    for (std::size_t agent = 0; agent < 4; ++agent) {
        Taken browse, search;
        SlotCursor first(load_of(plan, 0), rule_of(agent, {1, 1, 1, 1}), {0, 1}),
            second(load_of(plan, 1), rule_of(agent, {1, 1, 1, 1}), {0, 1});
        take_until(first, kEver, browse);
        take_until(second, kEver, search);
        CHECK(browse.size() == 1750);
        CHECK(search.size() == 750);
    }
}

TEST_CASE("threads of one agent share its slots evenly and interleave", "[schedule]") {
    const auto plan = single({ConstantRate{Rate::per_second(1000), 1s}});
    for (unsigned thread = 0; thread < 4; ++thread) {
        SlotCursor cursor(load_of(plan), rule_of(1, {1, 1}), {thread, 4});
        Taken early, late;
        take_until(cursor, 500ms, early);
        take_until(cursor, kEver, late);
        CHECK(early.size() + late.size() == 125);
        CHECK(early.size() >= 62);
        CHECK(early.size() <= 63);
    }
}

TEST_CASE("looking changes nothing", "[schedule]") {
    const auto plan = single({ConstantRate{Rate::per_second(1), 10s}});
    SlotCursor cursor(load_of(plan), rule_of(0, {1}), {0, 1});
    REQUIRE(cursor.peek());
    CHECK(cursor.peek()->index == 0);
    CHECK(cursor.peek()->index == 0);
    cursor.advance();
    CHECK(cursor.peek()->due == Duration(1s));
}

TEST_CASE("an amendment moves the slots from its instant on and keeps the sum", "[schedule]") {
    CHECK(rc::check([] {
        const auto before = *rc::gen::container<std::vector<double>>(3, rc::gen::element(1.0, 2.0, 4.0));
        const auto after = *rc::gen::container<std::vector<double>>(2, rc::gen::element(1.0, 3.0));
        const Duration first = std::chrono::milliseconds(*rc::gen::inRange(0, 12'000));
        const Duration second = first + std::chrono::milliseconds(*rc::gen::inRange(0, 3000));
        const Duration known =
            first - std::chrono::milliseconds(*rc::gen::inRange(0, 3000));  // when the agents hear of it
        const auto plan = mix_of({ConstantRate{Rate::per_second(50), 10s}}, {2, 1});
        const auto load = load_of(plan);
        Taken taken;
        for (std::size_t agent = 0; agent < 3; ++agent) {
            for (unsigned thread = 0; thread < 2; ++thread) {
                SlotCursor cursor(load, rule_of(agent, before), {thread, 2});
                take_until(cursor, known, taken);
                cursor.amend(agent < 2 ? rule_of(agent, after) : rule_of(0, {}), first);  // agent 2 leaves
                cursor.amend(rule_of(agent, before), second);                             // and returns
                take_until(cursor, kEver, taken);
            }
        }
        RC_ASSERT(taken.size() == load->slot_count());
    }));
}

TEST_CASE("a later amendment takes the place of an earlier one for the same time", "[schedule]") {
    const auto plan = single({ConstantRate{Rate::per_second(100), 10s}});
    Taken taken;
    for (std::size_t agent = 0; agent < 2; ++agent) {
        SlotCursor cursor(load_of(plan), rule_of(agent, {1, 1}), {0, 1});
        cursor.amend(rule_of(agent, {5, 1}), 4s);
        cursor.amend(rule_of(agent, {1, 9}), 3s);
        take_until(cursor, kEver, taken);
    }
    CHECK(taken.size() == 1000);
}

TEST_CASE("an agent that joins by an amendment takes slots only from then on", "[schedule]") {
    const auto plan = single({ConstantRate{Rate::per_second(100), 10s}});
    const auto load = load_of(plan);
    SlotCursor newcomer(load, rule_of(0, {}), {0, 1});
    CHECK_FALSE(newcomer.peek());
    newcomer.amend(rule_of(1, {1, 1}), 4s);
    Taken taken;
    take_until(newcomer, kEver, taken);
    CHECK(taken.size() == 300);
    CHECK(taken.begin()->first >= load->slots_before(4s));
}

TEST_CASE("a seat that does not exist is refused", "[schedule]") {
    CHECK_FALSE(SeatRule::of(workload::Seat{2, {1, 1}}).has_value());
    CHECK_FALSE(SeatRule::of(workload::Seat{0, {}})->takes_part());
}

}  // namespace
}  // namespace culvert::agent::schedule
