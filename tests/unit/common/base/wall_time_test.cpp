#include "common/base/wall_time.h"

#include <limits>

#include <catch2/catch.hpp>

using namespace culvert;
using namespace std::chrono_literals;

TEST_CASE("instants are written in UTC and to the second", "[base]") {
    CHECK(utc_text(from_unix_seconds(0)) == "1970-01-01 00:00:00 UTC");
    CHECK(utc_text(from_unix_seconds(1'772'366'405) + 999ms) == "2026-03-01 12:00:05 UTC");
    CHECK(utc_text(from_unix_seconds(-1)) == "1969-12-31 23:59:59 UTC");
}

TEST_CASE("unix seconds come back, and impossible ones are clamped", "[base]") {
    CHECK(unix_seconds(from_unix_seconds(1'772'366'405)) == 1'772'366'405);
    CHECK(unix_seconds(from_unix_seconds(-5)) == -5);
    CHECK(unix_seconds(WallTime{-1ns}) == -1);
    CHECK(unix_seconds(from_unix_seconds(std::numeric_limits<std::int64_t>::max())) == 9'000'000'000);
}

TEST_CASE("spans are written with the two units that matter", "[base]") {
    CHECK(span_text(0s) == "0 s");
    CHECK(span_text(999ms) == "0 s");
    CHECK(span_text(40s) == "40 s");
    CHECK(span_text(61s) == "1 min 1 s");
    CHECK(span_text(12min + 5s) == "12 min");
    CHECK(span_text(3h) == "3 h");
    CHECK(span_text(3h + 20min) == "3 h 20 min");
    CHECK(span_text(24h) == "1 day");
    CHECK(span_text(-52h) == "2 days 4 h");
    CHECK(span_text(30 * 24h + 5h) == "30 days");
}

TEST_CASE("a span a second short of a round one is written as the round one", "[base]") {
    CHECK(span_text(24h - 1s) == "1 day");
    CHECK(span_text(23h + 31min) == "1 day");
    CHECK(span_text(23h + 29min) == "23 h");
    CHECK(span_text(2h - 1s) == "2 h");
    CHECK(span_text(60s - 1ms) == "59 s");
    CHECK(span_text(30 * 24h - 1s) == "30 days");
}
