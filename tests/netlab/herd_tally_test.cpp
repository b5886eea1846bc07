#include <catch2/catch.hpp>

#include "tests/support/herd/tally.h"

using namespace culvert;
using namespace culvert::test;
using std::chrono::milliseconds;

namespace {

SteadyTime at(int ms) {
    return SteadyTime(milliseconds(ms));
}

}  // namespace

TEST_CASE("a herd's account of an outage goes from the first link that went to the last that came", "[netlab]") {
    Tally tally(3, at(0));
    CHECK_FALSE(tally.came(milliseconds(10), at(100)));
    CHECK_FALSE(tally.came(milliseconds(30), at(200)));
    const auto arrived = tally.came(milliseconds(20), at(300));
    REQUIRE(arrived);
    CHECK(arrived->outage == 0);
    CHECK(arrived->took == milliseconds(300));
    CHECK(arrived->attempts == 3);
    CHECK(arrived->handshake_p50 == milliseconds(20));
    CHECK(arrived->handshake_max == milliseconds(30));

    tally.went(at(1000));
    tally.went(at(1100));
    tally.failed();
    CHECK(tally.up() == 1);
    CHECK_FALSE(tally.came(milliseconds(5), at(1500)));
    const auto back = tally.came(milliseconds(8), at(1700));
    REQUIRE(back);
    CHECK(back->outage == 1);
    CHECK(back->went_down == 2);
    CHECK(back->took == milliseconds(700));
    CHECK(back->attempts == 3);
    CHECK(back->handshake_p99 == milliseconds(8));
}
