#include "common/workload/load_curve.h"

#include <vector>

#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include "common/workload/share.h"

namespace culvert::workload {
namespace {

using namespace std::chrono_literals;

constexpr Rate k200 = Rate::per_second(200);

rc::Gen<Duration> any_length() {
    return rc::gen::map(rc::gen::inRange<std::int64_t>(1, 600'000),
                        [](std::int64_t ms) { return Duration{ms * 1'000'000}; });
}

rc::Gen<Rate> any_rate() {
    return rc::gen::map(rc::gen::inRange<std::int64_t>(0, 2'000'000'000),
                        [](std::int64_t milli) { return Rate{milli}; });
}

rc::Gen<LoadPhase> any_phase() {
    return rc::gen::exec([]() -> LoadPhase {
        switch (*rc::gen::inRange(0, 5)) {
            case 0:
                return ConstantRate{*any_rate(), *any_length()};
            case 1:
                return RampRate{*any_rate(), *any_rate(), *any_length()};
            case 2: {
                const Rate a = *any_rate();
                const Rate b = *any_rate();
                return RandomRate{std::min(a, b), std::max(a, b), 7s, *any_length()};
            }
            case 3:
                return Iterations{*rc::gen::inRange<std::uint64_t>(1, 500), std::nullopt, std::nullopt,
                                  Rate::per_second(50), 10s};
            default:
                return Idle{*any_length()};
        }
    });
}

std::vector<LoadPhase> some_phases() {
    std::vector<LoadPhase> load;
    const int count = *rc::gen::inRange(1, 6);
    for (int i = 0; i < count; ++i) load.push_back(*any_phase());
    return load;
}

TEST_CASE("a constant rate has its slots evenly apart, the first at once", "[workload]") {
    const SlotCurve curve({ConstantRate{k200, 5min}}, 0);
    CHECK(curve.slot_count() == 60'000);
    CHECK(curve.slot_time(0) == Duration{0});
    CHECK(curve.slot_time(1) == Duration{5ms});
    CHECK(curve.slot_time(59'999) == Duration{5min - 5ms});
    CHECK_FALSE(curve.slot_time(60'000).has_value());
    CHECK(curve.slots_before(1s) == 200);
    CHECK(curve.slots_before(1s + 1ns) == 201);
    CHECK(curve.rate_at(1min) == k200);
    CHECK(curve.rate_at(5min) == Rate{});
}

TEST_CASE("the plan of the README has 63000 slots", "[workload]") {
    const SlotCurve curve({RampRate{Rate{}, k200, 30s}, ConstantRate{k200, 5min}}, 0);
    CHECK(curve.slot_count() == 63'000);
    CHECK(curve.slots_before(30s) == 3'000);
    CHECK(curve.slot_time(3'000) == Duration{30s});
    CHECK(curve.slot_time(750) == Duration{15s});  // a quarter of the ramp's area in half of its time
    CHECK(curve.rate_at(15s) == Rate::per_second(100));
}

TEST_CASE("a ramp down mirrors the ramp up", "[workload]") {
    const SlotCurve down({RampRate{k200, Rate{}, 30s}}, 0);
    CHECK(down.slot_count() == 3'000);
    CHECK(down.slot_time(2'250) == Duration{15s});
    CHECK(down.slots_before(30s) == 3'000);
}

TEST_CASE("fractions of an iteration carry over to the next phase", "[workload]") {
    // 0.5 iterations, a break, and another 0.5: the second slot is due at the end of both, which is no longer part of
    // the load
    const Rate slow = parse_rate("30/m").value();
    const SlotCurve curve({ConstantRate{slow, 1s}, Idle{10s}, ConstantRate{slow, 1s}, ConstantRate{slow, 1s}}, 0);
    CHECK(curve.slot_count() == 2);
    CHECK(curve.slot_time(0) == Duration{0});
    CHECK(curve.slot_time(1) == Duration{12s});
}

TEST_CASE("slow rates keep their exact instants", "[workload]") {
    const SlotCurve curve({ConstantRate{parse_rate("2/h").value(), 24h}}, 0);
    CHECK(curve.slot_count() == 48);
    CHECK(curve.slot_time(47) == Duration{23h + 30min});
}

TEST_CASE("iterations by rate have exactly as many slots as the plan says", "[workload]") {
    const SlotCurve curve({ConstantRate{parse_rate("1/m").value(), 30s},
                           Iterations{10'000, std::nullopt, std::nullopt, Rate::per_second(300), 2min}},
                          0);
    CHECK(curve.slot_count() == 10'001);
    CHECK(curve.slot_time(1) == Duration{30s});
    CHECK(curve.slots_before(30s + 1s) == 301);
    CHECK(curve.rate_at(31s) == Rate::per_second(300));
    CHECK(curve.rate_at(30s + 100s) == Rate{});
}

TEST_CASE("slot times ascend, stay within the load, and slots_before is their inverse", "[workload]") {
    CHECK(rc::check([] {
        const std::vector<LoadPhase> load = some_phases();
        const SlotCurve curve(load, 42);
        RC_PRE(curve.slot_count() > 0);
        const auto n = *rc::gen::inRange<std::uint64_t>(0, curve.slot_count());
        const Duration due = *curve.slot_time(n);
        RC_ASSERT(due >= Duration{0});
        RC_ASSERT(due < length_of(load));
        RC_ASSERT(curve.slots_before(due) <= n);
        RC_ASSERT(curve.slots_before(due + 1ns) > n);
        if (n > 0) RC_ASSERT(*curve.slot_time(n - 1) <= due);
        RC_ASSERT(curve.slots_before(length_of(load)) == curve.slot_count());
    }));
}

TEST_CASE("the number of slots is the area under the rate", "[workload]") {
    CHECK(rc::check([] {
        const Rate from = *any_rate();
        const Rate to = *any_rate();
        const Duration length = *any_length();
        const SlotCurve curve({RampRate{from, to, length}}, 0);
        const double area = (from.per_second() + to.per_second()) / 2 * static_cast<double>(length.count()) / 1e9;
        RC_ASSERT(static_cast<double>(curve.slot_count()) >= area - 1e-6 * area - 1e-6);
        RC_ASSERT(static_cast<double>(curve.slot_count()) <= area + 1e-6 * area + 1 + 1e-6);
    }));
}

TEST_CASE("the slots of all agents add up to the load, second by second", "[workload]") {
    CHECK(rc::check([] {
        const SlotCurve curve(some_phases(), 7);
        std::vector<double> weights;
        const int seats = *rc::gen::inRange(1, 20);
        for (int i = 0; i < seats; ++i) weights.push_back(*rc::gen::inRange(1, 9));
        const Ownership ownership = Ownership::of(weights).value();
        for (Duration t{}; t < 20s; t += 1s) {
            std::uint64_t sum = 0;
            for (std::size_t seat = 0; seat < ownership.seats(); ++seat)
                sum += ownership.count_of(seat, curve.slots_before(t));
            RC_ASSERT(sum == curve.slots_before(t));
        }
    }));
}

TEST_CASE("a random rate is the same on every agent and stays within its bounds", "[workload]") {
    const std::vector<LoadPhase> load{RandomRate{Rate::per_second(50), k200, 10s, 95s}};
    const SlotCurve a(load, 1);
    const SlotCurve b(load, 1);
    const SlotCurve c(load, 2);
    CHECK(a.slot_count() == b.slot_count());
    CHECK(a.slot_count() != c.slot_count());
    for (Duration t{}; t < 95s; t += 5s) {
        CHECK(a.rate_at(t) >= Rate::per_second(50));
        CHECK(a.rate_at(t) <= k200);
        CHECK(a.rate_at(t) == b.rate_at(t));
    }
    CHECK(a.rate_at(12s) == a.rate_at(19s));
    CHECK(a.rate_at(12s) != a.rate_at(22s));
}

TEST_CASE("the highest rates and longest phases do not overflow", "[workload]") {
    const Rate highest = parse_rate("100000000/s").value();
    const Duration longest = std::chrono::hours(24 * 90);
    const SlotCurve curve({RampRate{Rate{}, highest, longest}, RampRate{highest, Rate{}, longest}}, 0);
    CHECK(curve.slot_count() == 100'000'000ULL * 3600 * 24 * 90);
    const std::uint64_t n = curve.slot_count() - 1;
    CHECK(curve.slots_before(*curve.slot_time(n) + 1ns) == n + 1);
    CHECK(curve.slots_before(longest) * 2 == curve.slot_count());
}

TEST_CASE("users of a ramp come one by one, the first at once", "[workload]") {
    const std::vector<LoadPhase> load{RampUsers{0, 10, 10s}, ConstantUsers{10, 20s}, RampUsers{10, 5, 10s}};
    CHECK(users_at(load, 0s) == 1);
    CHECK(users_at(load, 4500ms) == 5);
    CHECK(users_at(load, 15s) == 10);
    CHECK(users_at(load, 32s) == 9);
    CHECK(users_at(load, 40s) == 0);
    CHECK(most_users(load) == 10);
    CHECK(length_of(load) == Duration{40s});
    CHECK(spells_of_user(load, 0) == std::vector<UserSpell>{{0s, 40s, 0}});
    CHECK(spells_of_user(load, 4) == std::vector<UserSpell>{{4s, 40s, 0}});
    CHECK(spells_of_user(load, 9) == std::vector<UserSpell>{{9s, 32s, 0}});
    CHECK(spells_of_user(load, 10).empty());
}

TEST_CASE("users at any time are those whose spell holds it", "[workload]") {
    CHECK(rc::check([] {
        const auto users = [] { return *rc::gen::inRange<std::uint64_t>(0, 12); };
        const std::vector<LoadPhase> load{RampUsers{users(), users(), *any_length()}, Idle{*any_length()},
                                          ConstantUsers{users(), *any_length()}};
        const Duration t = *any_length();
        std::uint64_t active = 0;
        for (std::uint64_t user = 0; user < 12; ++user) {
            for (const UserSpell& spell : spells_of_user(load, user))
                active += spell.begin <= t && t < spell.end ? 1 : 0;
        }
        RC_ASSERT(users_at(load, t) == active);
    }));
}

TEST_CASE("iterations by users add up to the total, none without an iteration", "[workload]") {
    const auto sum_over = [](const std::vector<LoadPhase>& load) {
        std::uint64_t sum = 0;
        for (std::uint64_t user = 0; user < most_users(load); ++user) {
            for (const UserSpell& spell : spells_of_user(load, user)) sum += spell.iterations_per_user;
        }
        return sum;
    };
    CHECK(sum_over({Iterations{10'000, std::nullopt, 7, std::nullopt, 1min}}) == 10'000);
    CHECK(sum_over({Iterations{3, std::nullopt, 7, std::nullopt, 1min}}) == 3);
    CHECK(sum_over({Iterations{std::nullopt, 4, 7, std::nullopt, 1min}}) == 28);
    CHECK(spells_of_user({Iterations{3, std::nullopt, 7, std::nullopt, 1min}}, 3).empty());
}

}  // namespace
}  // namespace culvert::workload
