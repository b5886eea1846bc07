#include "tunnel/link/back_off.h"

#include <catch2/catch.hpp>

using namespace culvert;
using namespace std::chrono_literals;
using namespace tunnel::link;

TEST_CASE("the ceiling doubles from a quarter of a second to thirty seconds", "[link]") {
    BackOff back_off(1);
    for (const Duration expected : std::initializer_list<Duration>{250ms, 500ms, 1s, 2s, 4s, 8s, 16s, 30s, 30s}) {
        CHECK(back_off.ceiling() == expected);
        const Duration wait = back_off.next();
        CHECK(wait >= Duration::zero());
        CHECK(wait <= expected);
    }
    back_off.reset();
    CHECK(back_off.ceiling() == kFirstCeiling);
}

TEST_CASE("waits spread over the whole range under the ceiling", "[link]") {
    BackOff back_off(7);
    while (back_off.ceiling() < kLastCeiling) back_off.next();
    Duration sum{}, smallest = kLastCeiling, largest{};
    for (int i = 0; i < 1000; ++i) {
        const Duration wait = back_off.next();
        sum += wait;
        smallest = std::min(smallest, wait);
        largest = std::max(largest, wait);
    }
    CHECK(smallest < 1s);
    CHECK(largest > 29s);
    CHECK(sum / 1000 > 13s);
    CHECK(sum / 1000 < 17s);
}

TEST_CASE("two nodes do not wait alike, one seed does", "[link]") {
    BackOff a(1), b(2), again(1);
    int alike = 0;
    for (int i = 0; i < 20; ++i) {
        const Duration wait = a.next();
        CHECK(again.next() == wait);
        if (b.next() == wait) ++alike;
    }
    CHECK(alike < 3);
}
