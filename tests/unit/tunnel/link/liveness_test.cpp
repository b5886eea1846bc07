#include "tunnel/link/liveness.h"

#include <catch2/catch.hpp>

#include "tests/support/fake_clock.h"

using namespace culvert;
using namespace std::chrono_literals;
using tunnel::link::Liveness;
using Verdict = Liveness::Verdict;

namespace {

// Seconds from now, checked once each second, until this verdict comes; -1: not within `at_most`.
int seconds_until(Verdict wanted, Liveness& liveness, test::FakeClock& clock, int at_most = 120) {
    for (int second = 0; second <= at_most; ++second) {
        if (liveness.check(clock.steady_now()) == wanted) return second;
        clock.advance(1s);
    }
    return -1;
}

}  // namespace

TEST_CASE("a half-open link with data on its way is found within fifteen seconds", "[link]") {
    test::FakeClock clock;
    Liveness liveness(25s, clock.steady_now());
    clock.advance(7s);
    liveness.heard(clock.steady_now());
    liveness.sent(clock.steady_now());
    const int found = seconds_until(Verdict::Dead, liveness, clock);
    CHECK(found > 5);
    CHECK(found < 15);
}

TEST_CASE("more data on a silent link does not put the question off", "[link]") {
    test::FakeClock clock;
    Liveness liveness(25s, clock.steady_now());
    int second = 0;
    for (; second < 15; ++second) {
        liveness.sent(clock.steady_now());
        if (liveness.check(clock.steady_now()) == Verdict::Dead) break;
        clock.advance(1s);
    }
    CHECK(second < 15);
}

TEST_CASE("an idle link is asked at each heartbeat and lives as long as it answers", "[link]") {
    test::FakeClock clock;
    Liveness liveness(25s, clock.steady_now());
    for (int round = 0; round < 3; ++round) {
        CHECK(seconds_until(Verdict::AskNow, liveness, clock) == 25);
        liveness.sent(clock.steady_now());
        liveness.heard(clock.steady_now());
    }
}

TEST_CASE("an idle link that no longer answers is dead soon after its heartbeat", "[link]") {
    test::FakeClock clock;
    Liveness liveness(25s, clock.steady_now());
    const int found = seconds_until(Verdict::Dead, liveness, clock);
    CHECK(found >= 25 + 8);
    CHECK(found <= 25 + 8 + 1);
    CHECK(liveness.silent_for(clock.steady_now()) == std::chrono::seconds(found));
}

TEST_CASE("anything heard in time keeps the link alive", "[link]") {
    test::FakeClock clock;
    Liveness liveness(25s, clock.steady_now());
    for (int i = 0; i < 100; ++i) {
        liveness.sent(clock.steady_now());
        clock.advance(4s);
        liveness.heard(clock.steady_now());
        CHECK(liveness.check(clock.steady_now()) != Verdict::Dead);
    }
}

TEST_CASE("on a slow path a pong is waited for longer, on others it is not", "[link]") {
    test::FakeClock clock;
    Liveness slow(25s, clock.steady_now());
    slow.took(10s);
    Liveness usual(25s, clock.steady_now());
    usual.took(300ms);
    for (Liveness* liveness : {&slow, &usual}) liveness->sent(clock.steady_now());
    CHECK(seconds_until(Verdict::Dead, usual, clock) < 15);
    CHECK(slow.check(clock.steady_now()) == Verdict::AskNow);
    CHECK(seconds_until(Verdict::Dead, slow, clock) == 30);
}
