#include "tunnel/link/path_memory.h"

#include <catch2/catch.hpp>

using namespace culvert;
using namespace std::chrono_literals;
using tunnel::link::PathMemory;
using Lesson = PathMemory::Lesson;

TEST_CASE("one broken link teaches nothing", "[link]") {
    PathMemory path;
    CHECK(path.broke(40s, 10s) == Lesson::Nothing);
    CHECK(path.heartbeat(25s) == 25s);
    CHECK_FALSE(path.renew_after());
}

TEST_CASE("two links cut after the same silence bring the heartbeat below it", "[link]") {
    PathMemory path;
    path.broke(70s, 10s);
    REQUIRE(path.broke(190s, 10'400ms) == Lesson::IdleCut);
    CHECK(path.idle_cut() == 10'400ms);
    CHECK(path.heartbeat(25s) == 5'200ms);
    CHECK(path.heartbeat(3s) == 3s);
    CHECK_FALSE(path.renew_after());
}

TEST_CASE("links that are silent from the beginning are cut for their silence, not for their age", "[link]") {
    PathMemory path;
    path.broke(10s, 10s);
    REQUIRE(path.broke(10s, 10s) == Lesson::IdleCut);
    SECTION("and if they then live, that was it") {
        CHECK_FALSE(path.renew_after());
    }
    SECTION("and if signs of life do not help, it was the age") {
        CHECK(path.broke(10s, 2s) == Lesson::Nothing);
        CHECK(path.broke(10s, 1s) == Lesson::MaximumAge);
    }
}

TEST_CASE("two links cut at the same age are renewed before it from then on", "[link]") {
    PathMemory path;
    path.broke(20s, 100ms);
    REQUIRE(path.broke(20'600ms, 4s) == Lesson::MaximumAge);
    REQUIRE(path.renew_after());
    CHECK(*path.renew_after() < 16s);
    CHECK(*path.renew_after() > 10s);
    CHECK(path.heartbeat(25s) == 25s);
}

TEST_CASE("accidents at all ages and silences teach nothing", "[link]") {
    PathMemory path;
    for (const auto& [age, silence] :
         {std::pair<Duration, Duration>{3s, 1s}, {3s, 1s}, {60s, 2s}, {90s, 14s}, {31s, 5s}, {7s, 1ms}, {400s, 24s}})
        CHECK(path.broke(age, silence) == Lesson::Nothing);
}

TEST_CASE("what was learnt only ever gets stricter", "[link]") {
    PathMemory path;
    path.broke(60s, 10s);
    path.broke(90s, 10s);
    path.broke(200s, 20s);
    CHECK(path.broke(300s, 20s) == Lesson::Nothing);
    path.broke(200s, 4s);
    CHECK(path.broke(90s, 4s) == Lesson::IdleCut);
    CHECK(path.heartbeat(25s) == 2s);
}
