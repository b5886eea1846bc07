#include "agent/session/cpu_meter.h"

#include <catch2/catch.hpp>

#include <fstream>

#include "tests/support/temporary_folder.h"

using namespace culvert;
using agent::session::CpuMeter;
using agent::session::parse_cpu_times;

TEST_CASE("busy time leaves idle and waiting out and counts guests once", "[session]") {
    const auto times = parse_cpu_times("cpu  10 1 20 100 7 2 3 4 5 6\ncpu0 1 2 3\n");
    REQUIRE(times);
    CHECK(times->busy == 10 + 1 + 20 + 2 + 3 + 4);
    CHECK(times->total == times->busy + 107);
    CHECK_FALSE(parse_cpu_times(""));
    CHECK_FALSE(parse_cpu_times("cpu  1 2 3\n"));
    CHECK_FALSE(parse_cpu_times("cpu  1 2 x 4 5 6 7 8\n"));
}

TEST_CASE("a meter tells the load since it was last asked", "[session]") {
    const test::TemporaryFolder folder;
    const auto write = [&folder](const std::string& text) { std::ofstream(folder.file("stat")) << text; };
    CpuMeter meter(folder.file("stat"));
    CHECK(meter.percent() == 0);
    write("cpu  10 0 0 90 0 0 0 0\n");
    CHECK(meter.percent() == 0);
    write("cpu  35 0 0 165 0 0 0 0\n");
    CHECK(meter.percent() == Approx(25));
}
