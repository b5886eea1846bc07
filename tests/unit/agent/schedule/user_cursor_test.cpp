#include "agent/schedule/user_cursor.h"

#include <map>
#include <set>

#include <catch2/catch.hpp>
#include <rapidcheck.h>

namespace culvert::agent::schedule {
namespace {

using namespace std::chrono_literals;
using workload::ConstantUsers;
using workload::Iterations;
using workload::LoadPhase;
using workload::RampUsers;

constexpr Duration kEver = 1000h;

std::shared_ptr<const Mix> one_scenario() { return std::make_shared<Mix>(Mix::of({Mix::Member{0, 1}}).value()); }

workload::Share seat(std::size_t agent, std::vector<double> weights) { return workload::Share{{workload::Seat{agent, std::move(weights)}}}; }

std::vector<UserTurn> take_all(UserCursor& cursor, Duration until = kEver) {
    std::vector<UserTurn> turns;
    while (const auto turn = cursor.peek(until)) {
        turns.push_back(*turn);
        cursor.advance();
    }
    return turns;
}

TEST_CASE("every user of the load runs on exactly one thread of one agent", "[schedule]") {
    CHECK(rc::check([] {
        const auto weights = *rc::gen::nonEmpty(rc::gen::container<std::vector<double>>(rc::gen::element(1.0, 2.0, 4.0)));
        const auto threads = *rc::gen::inRange(1u, 4u);
        const auto users = *rc::gen::inRange<std::uint64_t>(1, 60);
        const std::vector<LoadPhase> load{RampUsers{0, users, 10s}, ConstantUsers{users, 20s}};
        const auto mix = one_scenario();
        std::set<std::uint64_t> seen;
        for (std::size_t agent = 0; agent < weights.size(); ++agent) {
            for (unsigned thread = 0; thread < threads; ++thread) {
                UserCursor cursor(load, mix, seat_rules(*mix, seat(agent, weights)).value(), {thread, threads});
                std::set<std::uint64_t> mine;
                for (const UserTurn& turn : take_all(cursor)) mine.insert(turn.user);
                for (const std::uint64_t user : mine) RC_ASSERT(seen.insert(user).second);
            }
        }
        RC_ASSERT(seen.size() == users);
    }));
}

TEST_CASE("a total of iterations is the sum over all users of all agents", "[schedule]") {
    const std::vector<LoadPhase> load{Iterations{10'000, std::nullopt, 13, std::nullopt, 1min}};
    const auto mix = one_scenario();
    std::uint64_t sum = 0;
    for (std::size_t agent = 0; agent < 3; ++agent) {
        for (unsigned thread = 0; thread < 2; ++thread) {
            UserCursor cursor(load, mix, seat_rules(*mix, seat(agent, {1, 2, 4})).value(), {thread, 2});
            for (const UserTurn& turn : take_all(cursor)) sum += turn.iterations;
        }
    }
    CHECK(sum == 10'000);
}

TEST_CASE("turns come in the order in which they begin", "[schedule]") {
    const auto mix = one_scenario();
    UserCursor cursor({RampUsers{0, 50, 10s}, ConstantUsers{50, 10s}}, mix, seat_rules(*mix, seat(0, {1})).value(), {0, 1});
    CHECK_FALSE(cursor.peek(Duration::zero()).has_value());
    Duration last{};
    for (const UserTurn& turn : take_all(cursor)) {
        CHECK(turn.begin >= last);
        last = turn.begin;
    }
    CHECK(cursor.exhausted());
}

TEST_CASE("an amendment hands users over at its instant, none twice and none left out", "[schedule]") {
    const auto mix = one_scenario();
    const std::vector<LoadPhase> load{ConstantUsers{30, 60s}};
    std::map<std::uint64_t, Duration> time_of;
    for (std::size_t agent = 0; agent < 3; ++agent) {
        for (unsigned thread = 0; thread < 2; ++thread) {
            UserCursor cursor(load, mix, seat_rules(*mix, seat(agent, {1, 1, 1})).value(), {thread, 2});
            auto turns = take_all(cursor, 10s);
            cursor.amend(seat_rules(*mix, agent < 2 ? seat(agent, {1, 1}) : seat(0, {})).value(), 20s);
            for (const UserTurn& turn : turns) time_of[turn.user] += cursor.end_of(turn) - turn.begin;
            for (const UserTurn& turn : take_all(cursor)) {
                CHECK(turn.begin == 20s);
                time_of[turn.user] += turn.end - turn.begin;
            }
        }
    }
    CHECK(time_of.size() == 30);
    for (const auto& [user, time] : time_of) CHECK(time == Duration(60s));
}

TEST_CASE("a user that stays with its agent is not interrupted by an amendment", "[schedule]") {
    const auto mix = one_scenario();
    UserCursor cursor({ConstantUsers{4, 60s}}, mix, seat_rules(*mix, seat(0, {1})).value(), {0, 1});
    const auto turns = take_all(cursor);
    cursor.amend(seat_rules(*mix, seat(0, {5})).value(), 20s);
    for (const UserTurn& turn : turns) CHECK(cursor.end_of(turn) == Duration(60s));
    CHECK(cursor.exhausted());
}

TEST_CASE("counted iterations stay with the agent that began them", "[schedule]") {
    const auto mix = one_scenario();
    const std::vector<LoadPhase> load{Iterations{std::nullopt, 5, 10, std::nullopt, 60s}};
    std::uint64_t sum = 0;
    for (std::size_t agent = 0; agent < 2; ++agent) {
        UserCursor cursor(load, mix, seat_rules(*mix, seat(agent, {1, 1})).value(), {0, 1});
        for (const UserTurn& turn : take_all(cursor, 1s)) sum += turn.iterations;
        cursor.amend(seat_rules(*mix, seat(agent, {1, 9})).value(), 10s);
        for (const UserTurn& turn : take_all(cursor)) sum += turn.iterations;
    }
    CHECK(sum == 50);
}

TEST_CASE("users of a mix are divided by the weights of its scenarios", "[schedule]") {
    const auto mix = std::make_shared<Mix>(Mix::of({{0, 3}, {1, 1}}).value());
    const workload::Share both{{workload::Seat{0, {1}}, workload::Seat{0, {1}}}};
    UserCursor cursor({ConstantUsers{40, 10s}}, mix, seat_rules(*mix, both).value(), {0, 1});
    std::map<std::size_t, int> counts;
    for (const UserTurn& turn : take_all(cursor)) ++counts[turn.scenario];
    CHECK(counts == std::map<std::size_t, int>{{0, 30}, {1, 10}});
}

}  // namespace
}  // namespace culvert::agent::schedule
