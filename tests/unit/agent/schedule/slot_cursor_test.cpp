#include "agent/schedule/slot_cursor.h"

#include <map>

#include <catch2/catch.hpp>
#include <rapidcheck.h>

namespace culvert::agent::schedule {
namespace {

using namespace std::chrono_literals;
using workload::ConstantRate;
using workload::LoadPhase;
using workload::RampRate;
using workload::SlotCurve;

constexpr Duration kEver = 1000h;

workload::Share share_of(std::size_t agent, const std::vector<std::vector<double>>& weights) {
    workload::Share share;
    for (const auto& list : weights) share.scenarios.push_back(workload::Seat{agent, list});
    return share;
}

struct Setup {
    std::shared_ptr<const SlotCurve> curve;
    std::shared_ptr<const Mix> mix;

    SlotCursor cursor(const workload::Share& share, ThreadPlace place) const { return {curve, mix, seat_rules(*mix, share).value(), place}; }
};

Setup setup(const std::vector<LoadPhase>& load, std::vector<double> scenario_weights) {
    std::vector<Mix::Member> members;
    for (std::size_t i = 0; i < scenario_weights.size(); ++i) members.push_back(Mix::Member{i, scenario_weights[i]});
    return Setup{std::make_shared<SlotCurve>(load, 7), std::make_shared<Mix>(Mix::of(std::move(members)).value())};
}

using Taken = std::map<std::uint64_t, std::size_t>;  // slot → scenario

void take_until(SlotCursor& cursor, Duration until, Taken& taken) {
    Duration last{};
    while (const auto slot = cursor.peek(until)) {
        RC_ASSERT(slot->due >= last && slot->due < until);
        last = slot->due;
        RC_ASSERT(taken.emplace(slot->index, slot->scenario).second);  // nobody else took it
        cursor.advance();
    }
}

std::map<std::size_t, std::uint64_t> by_scenario(const Taken& taken) {
    std::map<std::size_t, std::uint64_t> counts;
    for (const auto& [slot, scenario] : taken) ++counts[scenario];
    return counts;
}

TEST_CASE("the slots of all agents and threads are the plan's, each exactly once", "[schedule]") {
    CHECK(rc::check([] {
        const auto weights = *rc::gen::nonEmpty(rc::gen::container<std::vector<double>>(rc::gen::element(0.5, 1.0, 2.0, 4.0, 7.25)));
        const auto threads = *rc::gen::inRange(1u, 5u);
        const auto rate = *rc::gen::inRange(1, 200);
        const Setup plan = setup({RampRate{Rate{0}, Rate::per_second(rate), 5s}, ConstantRate{Rate::per_second(rate), 10s}}, {1});
        Taken taken;
        for (std::size_t agent = 0; agent < weights.size(); ++agent) {
            for (unsigned thread = 0; thread < threads; ++thread) {
                SlotCursor cursor = plan.cursor(share_of(agent, {weights}), {thread, threads});
                take_until(cursor, kEver, taken);
                RC_ASSERT(cursor.exhausted());
            }
        }
        RC_ASSERT(taken.size() == plan.curve->slot_count());
    }));
}

TEST_CASE("a mix gives each scenario its weight on every agent", "[schedule]") {
    const Setup plan = setup({ConstantRate{Rate::per_second(100), 100s}}, {70, 30});
    Taken all;
    std::map<std::size_t, std::uint64_t> one_agent;
    for (std::size_t agent = 0; agent < 4; ++agent) {
        Taken mine;
        SlotCursor cursor = plan.cursor(share_of(agent, {{1, 1, 1, 1}, {1, 1, 1, 1}}), {0, 1});
        take_until(cursor, kEver, mine);
        const auto counts = by_scenario(mine);
        CHECK(counts.at(0) == 1750);
        CHECK(counts.at(1) == 750);
        all.merge(mine);
    }
    CHECK(all.size() == 10'000);
}

TEST_CASE("scenarios that target other agents leave those agents out and lose nothing", "[schedule]") {
    const Setup plan = setup({ConstantRate{Rate::per_second(100), 10s}}, {1, 1});
    // Agent 0 takes part in both scenarios, agent 1 in the second alone.
    workload::Share first = share_of(0, {{1}, {1, 3}}), second = share_of(1, {{}, {1, 3}});
    Taken a, b;
    SlotCursor cursor_a = plan.cursor(first, {0, 1}), cursor_b = plan.cursor(second, {0, 1});
    take_until(cursor_a, kEver, a);
    take_until(cursor_b, kEver, b);
    CHECK(by_scenario(a) == std::map<std::size_t, std::uint64_t>{{0, 500}, {1, 125}});
    CHECK(by_scenario(b) == std::map<std::size_t, std::uint64_t>{{1, 375}});
}

TEST_CASE("threads of one agent share its slots evenly and interleave", "[schedule]") {
    const Setup plan = setup({ConstantRate{Rate::per_second(1000), 1s}}, {1});
    for (unsigned thread = 0; thread < 4; ++thread) {
        SlotCursor cursor = plan.cursor(share_of(1, {{1, 1}}), {thread, 4});
        Taken early, late;
        take_until(cursor, 500ms, early);
        take_until(cursor, kEver, late);
        CHECK(early.size() + late.size() == 125);
        CHECK(early.size() >= 62);
        CHECK(early.size() <= 63);
    }
}

TEST_CASE("nothing is found beyond the horizon, and looking early changes nothing", "[schedule]") {
    const Setup plan = setup({ConstantRate{Rate::per_second(1), 10s}}, {1});
    SlotCursor cursor = plan.cursor(share_of(0, {{1}}), {0, 1});
    const auto first = cursor.peek(1h);
    REQUIRE(first.has_value());
    CHECK(cursor.peek(1h)->index == first->index);
    CHECK_FALSE(cursor.peek(first->due).has_value());
    CHECK(cursor.peek(first->due + 1ns).has_value());
    CHECK_FALSE(cursor.exhausted());
}

TEST_CASE("an amendment moves the slots from its instant on and keeps the sum", "[schedule]") {
    CHECK(rc::check([] {
        const auto before = *rc::gen::container<std::vector<double>>(3, rc::gen::element(1.0, 2.0, 4.0));
        const auto after = *rc::gen::container<std::vector<double>>(2, rc::gen::element(1.0, 3.0));
        const Duration at = std::chrono::milliseconds(*rc::gen::inRange(0, 12'000));
        const Duration known = at - std::chrono::milliseconds(*rc::gen::inRange(0, 3000));  // when the agents hear of it
        const Setup plan = setup({ConstantRate{Rate::per_second(50), 10s}}, {2, 1});
        Taken taken;
        std::uint64_t lost = 0;
        for (std::size_t agent = 0; agent < 3; ++agent) {
            for (unsigned thread = 0; thread < 2; ++thread) {
                SlotCursor cursor = plan.cursor(share_of(agent, {before, before}), {thread, 2});
                take_until(cursor, known, taken);
                cursor.peek(kEver);  // has looked ahead when the amendment arrives
                const auto share = agent < 2 ? share_of(agent, {after, after}) : share_of(0, {{}, {}});  // agent 2 leaves
                cursor.amend(seat_rules(*plan.mix, share).value(), at);
                take_until(cursor, kEver, taken);
            }
        }
        RC_ASSERT(taken.size() + lost == plan.curve->slot_count());
    }));
}

TEST_CASE("an agent that joins by an amendment takes slots only from then on", "[schedule]") {
    const Setup plan = setup({ConstantRate{Rate::per_second(100), 10s}}, {1});
    SlotCursor newcomer = plan.cursor(share_of(0, {{}}), {0, 1});
    CHECK(newcomer.exhausted());
    CHECK_FALSE(newcomer.peek(kEver).has_value());
    newcomer.amend(seat_rules(*plan.mix, share_of(1, {{1, 1}})).value(), 4s);
    Taken taken;
    take_until(newcomer, kEver, taken);
    CHECK(taken.size() == 300);
    CHECK(taken.begin()->first >= plan.curve->slots_before(4s));
}

TEST_CASE("a seat that does not exist is refused", "[schedule]") {
    const Setup plan = setup({ConstantRate{Rate::per_second(1), 1s}}, {1});
    CHECK_FALSE(seat_rules(*plan.mix, share_of(2, {{1, 1}})).has_value());
    CHECK_FALSE(seat_rules(*plan.mix, workload::Share{}).has_value());
}

}  // namespace
}  // namespace culvert::agent::schedule
