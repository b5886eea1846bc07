#include <cmath>

#include <catch2/catch.hpp>

#include "controller/report/number_format.h"

using namespace culvert::report;

TEST_CASE("counts are grouped by thousands", "[report]") {
    CHECK(count_text(0) == "0");
    CHECK(count_text(999) == "999");
    CHECK(count_text(63000) == "63,000");
    CHECK(count_text(1234567890) == "1,234,567,890");
}

TEST_CASE("latencies have three significant digits and their unit beside them", "[report]") {
    CHECK(latency_text(62) == "62 µs");
    CHECK(latency_text(6020) == "6.02 ms");
    CHECK(latency_text(41'000) == "41 ms");
    CHECK(latency_text(118'271) == "118 ms");
    CHECK(latency_text(1'200'000) == "1.2 s");
    CHECK(latency_text(30'000'000) == "30 s");
    CHECK(latency_text(125'000'000) == "2 min 5 s");
}

TEST_CASE("rounding that adds a digit changes the unit and not the number of digits", "[report]") {
    CHECK(latency_text(999.7) == "1 ms");
    CHECK(latency_text(999'700) == "1 s");
    CHECK(significant_text(9.996) == "10");
    CHECK(significant_text(99.96) == "100");
    CHECK(significant_text(12345) == "12,300");
    CHECK(significant_text(-0.01234) == "−0.0123");
}

TEST_CASE("what is not known is a dash, never a zero and never NaN", "[report]") {
    CHECK(latency_text(std::nan("")) == "–");
    CHECK(percent_text(INFINITY) == "–");
    CHECK(rate_text(std::nan("")) == "–");
    CHECK(clock_text(std::nan("")) == "–");
}

TEST_CASE("a share that is small but not zero does not look like zero", "[report]") {
    CHECK(share_text(0) == "0.0 %");
    CHECK(share_text(0.0001) == "<0.1 %");
    CHECK(share_text(0.026) == "2.6 %");
    CHECK(percent_text(0.0133) == "1.33 %");
}

TEST_CASE("rates keep one decimal below a thousand", "[report]") {
    CHECK(rate_text(199.84) == "199.8");
    CHECK(rate_text(0.0333) == "0.033");
    CHECK(rate_text(12'399.6) == "12,400");
}

TEST_CASE("times of a run are clocks, and ages have one unit", "[report]") {
    CHECK(clock_text(212) == "03:32");
    CHECK(clock_text(3723) == "1:02:03");
    CHECK(clock_text(-3) == "−00:03");
    CHECK(age_text(30) == "30 s");
    CHECK(age_text(3 * 3600 + 5) == "3 h");
    CHECK(bytes_text(12'345'678) == "12.3 MB");
}
