#include "agent/worker/timer_queue.h"

#include <deque>
#include <map>

#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include "agent/worker/rate_gate.h"

namespace culvert::agent::worker {
namespace {

using namespace std::chrono_literals;

constexpr SteadyTime kStart{1h};

struct Owner {
    LazyTimer timer;
    int fired = 0;
};

int fire_all(TimerQueue<Owner>& queue, SteadyTime now) {
    int count = 0;
    while (queue.fire_one(now, [](Owner& owner, LazyTimer&) { ++owner.fired; })) ++count;
    return count;
}

TEST_CASE("timers fire when they are due, in order", "[worker]") {
    TimerQueue<Owner> queue;
    Owner a, b;
    queue.arm(a.timer, a, kStart + 2s);
    queue.arm(b.timer, b, kStart + 1s);
    CHECK(queue.next() == kStart + 1s);
    CHECK(fire_all(queue, kStart) == 0);
    CHECK(fire_all(queue, kStart + 1s) == 1);
    CHECK(b.fired == 1);
    CHECK_FALSE(b.timer.armed());
    CHECK(fire_all(queue, kStart + 5s) == 1);
    CHECK(queue.next() == LazyTimer::kNever);
}

TEST_CASE("a timer that moves later again and again holds one place", "[worker]") {
    TimerQueue<Owner> queue;
    Owner owner;
    for (int i = 0; i < 1000; ++i) queue.arm(owner.timer, owner, kStart + 30s + std::chrono::milliseconds(i));
    CHECK(queue.size() == 1);
    CHECK(fire_all(queue, kStart + 30s) == 0);
    CHECK(fire_all(queue, kStart + 31s) == 1);
}

TEST_CASE("a disarmed timer does not fire, and can be armed again", "[worker]") {
    TimerQueue<Owner> queue;
    Owner owner;
    queue.arm(owner.timer, owner, kStart + 1s);
    owner.timer.disarm();
    CHECK(fire_all(queue, kStart + 2s) == 0);
    queue.arm(owner.timer, owner, kStart + 3s);
    CHECK(fire_all(queue, kStart + 3s) == 1);
}

TEST_CASE("whatever is armed, moved and disarmed, each timer fires exactly when it last was told", "[worker]") {
    CHECK(rc::check([] {
        TimerQueue<Owner> queue;
        std::deque<Owner> owners(4);
        std::map<Owner*, SteadyTime> wanted;
        SteadyTime now = kStart;
        const auto moves = *rc::gen::container<std::vector<std::tuple<int, int, int>>>(
            rc::gen::tuple(rc::gen::inRange(0, 4), rc::gen::inRange(0, 3), rc::gen::inRange(1, 50)));
        for (const auto& [which, what, time] : moves) {
            Owner& owner = owners[static_cast<std::size_t>(which)];
            if (what == 0) {
                wanted[&owner] = now + std::chrono::milliseconds(time);
                queue.arm(owner.timer, owner, wanted[&owner]);
            } else if (what == 1) {
                wanted.erase(&owner);
                owner.timer.disarm();
            } else {
                now += std::chrono::milliseconds(time);
                std::size_t due = 0;
                for (auto it = wanted.begin(); it != wanted.end();) {
                    due += it->second <= now;
                    it = it->second <= now ? wanted.erase(it) : std::next(it);
                }
                RC_ASSERT(fire_all(queue, now) == static_cast<int>(due));
            }
        }
    }));
}

TEST_CASE("the gate lets its rate pass over any longer time, and everything when there is none", "[worker]") {
    RateGate gate(Rate::per_second(100), 1);
    int passed = 0;
    for (int i = 0; i < 2000; ++i) passed += gate.passes(std::chrono::milliseconds(i)) ? 1 : 0;  // asked 1000/s for 2 s
    CHECK(passed >= 200);
    CHECK(passed <= 222);
    RateGate open(std::nullopt, 1);
    CHECK(open.passes(0s));
    RateGate shared(Rate::per_second(100), 4);
    passed = 0;
    for (int i = 0; i < 2000; ++i) passed += shared.passes(std::chrono::milliseconds(i)) ? 1 : 0;
    CHECK(passed <= 60);
    RateGate exact(Rate::per_second(100), 1);
    for (int i = 0; i < 1000; ++i) REQUIRE(exact.passes(std::chrono::milliseconds(10 * i)));
}

}  // namespace
}  // namespace culvert::agent::worker
