#include "agent/worker/second_clock.h"

#include <catch2/catch.hpp>

#include "agent/worker/origin_table.h"

namespace culvert::agent::worker {
namespace {

using namespace std::chrono_literals;

constexpr SteadyTime kStart{1h};

TEST_CASE("the warm-up ends with a whole second, and what was due in it stays of it", "[worker]") {
    SecondClock clock;
    clock.start(kStart, kStart, 1500ms);
    CHECK(clock.in_warmup());
    CHECK(clock.of_warmup(kStart));
    CHECK(clock.end_second() == 0);
    CHECK(clock.in_warmup());
    CHECK(clock.end_second() == 1);
    CHECK_FALSE(clock.in_warmup());
    CHECK(clock.of_warmup(kStart + 2s - 1ns));  // late, but due before
    CHECK_FALSE(clock.of_warmup(kStart + 2s));
}

TEST_CASE("without a warm-up everything counts from the start", "[worker]") {
    SecondClock clock;
    clock.start(kStart, kStart, 0s);
    CHECK_FALSE(clock.in_warmup());
    CHECK_FALSE(clock.of_warmup(kStart));
}

TEST_CASE("an address that never answers leaves time for those after it", "[worker]") {
    CHECK(address_deadline(kStart, kStart + 9s, 3) == kStart + 3s);
    CHECK(address_deadline(kStart + 3s, kStart + 9s, 2) == kStart + 6s);
    CHECK(address_deadline(kStart + 6s, kStart + 9s, 1) == kStart + 9s);
    CHECK(address_deadline(kStart + 10s, kStart + 9s, 2) == kStart + 9s);
}

}  // namespace
}  // namespace culvert::agent::worker
