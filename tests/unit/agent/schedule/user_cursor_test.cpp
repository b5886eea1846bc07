#include "agent/schedule/user_cursor.h"

#include <map>
#include <set>

#include <rapidcheck.h>
#include <catch2/catch.hpp>

namespace culvert::agent::schedule {
namespace {

using namespace std::chrono_literals;
using workload::ConstantUsers;
using workload::Iterations;
using workload::LoadPhase;
using workload::RampUsers;

constexpr Duration kEver = 1000h;

struct Users {  // of one scenario with its own load
    workload::Plan plan;
    std::shared_ptr<const workload::ScenarioLoad> load;

    explicit Users(std::vector<LoadPhase> phases) {
        plan.scenarios.resize(1);
        plan.scenarios[0].load = std::move(phases);
        load = std::make_shared<workload::ScenarioLoad>(plan, 0, 7);
    }
};

SeatRule seat(std::size_t agent, std::vector<double> weights) {
    return SeatRule::of(workload::Seat{agent, std::move(weights)}).value();
}

std::vector<UserTurn> take_all(UserCursor& cursor, Duration until = kEver) {
    std::vector<UserTurn> turns;
    while (const auto turn = cursor.peek()) {
        if (turn->begin >= until) break;
        turns.push_back(*turn);
        cursor.advance();
    }
    return turns;
}

TEST_CASE("every user of the load runs on exactly one thread of one agent", "[schedule]") {
    CHECK(rc::check([] {
        const auto weights =
            *rc::gen::nonEmpty(rc::gen::container<std::vector<double>>(rc::gen::element(1.0, 2.0, 4.0)));
        const auto threads = *rc::gen::inRange(1u, 4u);
        const auto users = *rc::gen::inRange<std::uint64_t>(1, 60);
        const Users users_of({RampUsers{0, users, 10s}, ConstantUsers{users, 20s}});
        std::set<std::uint64_t> seen;
        for (std::size_t agent = 0; agent < weights.size(); ++agent) {
            for (unsigned thread = 0; thread < threads; ++thread) {
                UserCursor cursor(users_of.load, seat(agent, weights), {thread, threads});
                std::set<std::uint64_t> mine;
                for (const UserTurn& turn : take_all(cursor)) mine.insert(turn.user);
                for (const std::uint64_t user : mine) RC_ASSERT(seen.insert(user).second);
            }
        }
        RC_ASSERT(seen.size() == users);
    }));
}

TEST_CASE("a total of iterations is the sum over all users of all agents", "[schedule]") {
    const Users users_of({Iterations{10'000, std::nullopt, 13, std::nullopt, 1min}});
    std::uint64_t sum = 0;
    for (std::size_t agent = 0; agent < 3; ++agent) {
        for (unsigned thread = 0; thread < 2; ++thread) {
            UserCursor cursor(users_of.load, seat(agent, {1, 2, 4}), {thread, 2});
            for (const UserTurn& turn : take_all(cursor)) sum += turn.iterations;
        }
    }
    CHECK(sum == 10'000);
}

TEST_CASE("turns come in the order in which they begin", "[schedule]") {
    const Users users_of({RampUsers{0, 50, 10s}, ConstantUsers{50, 10s}});
    UserCursor cursor(users_of.load, seat(0, {1}), {0, 1});
    Duration last{};
    for (const UserTurn& turn : take_all(cursor)) {
        CHECK(turn.begin >= last);
        last = turn.begin;
    }
    CHECK_FALSE(cursor.peek().has_value());
}

TEST_CASE("an amendment hands users over at its instant, none twice and none left out", "[schedule]") {
    const Users users_of({ConstantUsers{30, 60s}});
    std::map<std::uint64_t, Duration> time_of;
    for (std::size_t agent = 0; agent < 3; ++agent) {
        for (unsigned thread = 0; thread < 2; ++thread) {
            UserCursor cursor(users_of.load, seat(agent, {1, 1, 1}), {thread, 2});
            auto turns = take_all(cursor, 10s);
            cursor.amend(agent < 2 ? seat(agent, {1, 1}) : seat(0, {}), 20s);
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
    const Users users_of({ConstantUsers{4, 60s}});
    UserCursor cursor(users_of.load, seat(0, {1}), {0, 1});
    const auto turns = take_all(cursor);
    cursor.amend(seat(0, {5}), 20s);
    for (const UserTurn& turn : turns) CHECK(cursor.end_of(turn) == Duration(60s));
    CHECK_FALSE(cursor.peek().has_value());
}

TEST_CASE("counted iterations stay with the agent that began them", "[schedule]") {
    const Users users_of({Iterations{std::nullopt, 5, 10, std::nullopt, 60s}});
    std::uint64_t sum = 0;
    for (std::size_t agent = 0; agent < 2; ++agent) {
        UserCursor cursor(users_of.load, seat(agent, {1, 1}), {0, 1});
        for (const UserTurn& turn : take_all(cursor, 1s)) sum += turn.iterations;
        cursor.amend(seat(agent, {1, 9}), 10s);
        for (const UserTurn& turn : take_all(cursor)) sum += turn.iterations;
    }
    CHECK(sum == 50);
}

TEST_CASE("users of a mix are divided by the weights of its scenarios", "[schedule]") {
    workload::Plan plan;
    plan.mix_load = {ConstantUsers{40, 10s}};
    plan.scenarios.resize(2);
    plan.scenarios[0].weight = 3;
    plan.scenarios[1].weight = 1;
    UserCursor first(std::make_shared<workload::ScenarioLoad>(plan, 0, 7), seat(0, {1}), {0, 1});
    UserCursor second(std::make_shared<workload::ScenarioLoad>(plan, 1, 7), seat(0, {1}), {0, 1});
    CHECK(take_all(first).size() == 30);
    CHECK(take_all(second).size() == 10);
}

TEST_CASE("a total of iterations is split by the weights of the agents, and adds up for any of them", "[schedule]") {
    CHECK(rc::check([] {
        const auto weights =
            *rc::gen::nonEmpty(rc::gen::container<std::vector<double>>(rc::gen::element(1.0, 2.0, 4.0, 2.5)));
        const auto threads = *rc::gen::inRange(1u, 4u);
        const auto users = *rc::gen::inRange<std::uint64_t>(1, 60);
        const auto total = *rc::gen::inRange<std::uint64_t>(1, 5000);
        const Users users_of({Iterations{total, std::nullopt, users, std::nullopt, 60s}});
        std::uint64_t sum = 0;
        for (std::size_t agent = 0; agent < weights.size(); ++agent) {
            for (unsigned thread = 0; thread < threads; ++thread) {
                UserCursor cursor(users_of.load, seat(agent, weights), {thread, threads});
                for (const UserTurn& turn : take_all(cursor)) sum += turn.iterations;
            }
        }
        RC_ASSERT(sum == total);
    }));
    const Users users_of({Iterations{10'000, std::nullopt, 30, std::nullopt, 60s}});
    UserCursor lightest(users_of.load, seat(0, {1, 2, 4}), {0, 1});
    std::uint64_t iterations = 0;
    for (const UserTurn& turn : take_all(lightest)) iterations += turn.iterations;
    CHECK((iterations == 1428 || iterations == 1429));
}

}  // namespace
}  // namespace culvert::agent::schedule
