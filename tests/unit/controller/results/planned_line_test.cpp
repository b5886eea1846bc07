#include <catch2/catch.hpp>

#include "controller/results/planned_line.h"
#include "sample_run.h"

using namespace culvert;
using namespace culvert::results;
using namespace std::chrono_literals;

TEST_CASE("an open scenario is planned by the plan, a closed one is not", "[results]") {
    const PlannedLine line(sample_plan(), 1);
    CHECK(line.planned(0, 0s, 1s) == 10);
    CHECK(line.planned(0, 0s, 100s) == 600);
    CHECK(line.planned(0, 60s, 61s) == 0);
    CHECK_FALSE(line.planned(1, 0s, 1s));
    CHECK(line.planned(1, 60s, 61s) == 0);
    CHECK_FALSE(line.planned(0s, 1s));
    CHECK(line.length() == 60s);
}

TEST_CASE("the parts of a mix add up to its load", "[results]") {
    auto plan =
        workload::parse_plan("mix.yaml",
                             "culvert: 1\nname: Mix\nload: [ constant_rate: { rate: 30/s, for: 10s } ]\nscenarios:\n"
                             "  a: { weight: 70, steps: [ get: \"http://t.test/\" ] }\n  b: { weight: 30, steps: [ "
                             "get: \"http://t.test/\" ] }\n");
    REQUIRE(plan);
    const PlannedLine line(std::make_shared<const workload::Plan>(std::move(*plan)), 1);
    CHECK(*line.planned(0, 0s, 10s) + *line.planned(1, 0s, 10s) == 300);
    CHECK(line.planned(0, 0s, 10s) == 210);
    CHECK(line.planned(0s, 10s) == 300);
}

TEST_CASE("the phase is told in words", "[results]") {
    auto plan = workload::parse_plan(
        "p.yaml",
        "culvert: 1\nname: P\nscenarios:\n  a:\n    load:\n      - ramp_rate: { from: 0/s, to: 200/s, over: 30s }\n"
        "      - constant_rate: { rate: 200/s, for: 1m }\n      - constant_users: { users: 20, for: 1m }\n    steps: [ "
        "get: \"http://t.test/\" ]\n");
    REQUIRE(plan);
    CHECK(describe_phase(*plan, 0s) == "ramp 0/s to 200/s");
    CHECK(describe_phase(*plan, 30s) == "hold 200/s");
    CHECK(describe_phase(*plan, 100s) == "20 users");
    CHECK(describe_phase(*plan, 150s) == "finishing");
}
