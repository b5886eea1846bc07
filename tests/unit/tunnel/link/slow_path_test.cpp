#include "tunnel/link/slow_path.h"

#include <catch2/catch.hpp>

using namespace culvert;
using namespace std::chrono_literals;
using tunnel::link::SlowPath;

TEST_CASE("deadlines stay as they are on a quick path, and grow with the slowest exchange of a slow one", "[link]") {
    SlowPath path;
    CHECK(path.stretch(8s, 4) == Duration(8s));
    path.took(50ms);
    CHECK(path.stretch(8s, 4) == Duration(8s));
    path.took(10s);
    path.took(1s);
    CHECK(path.stretch(8s, 4) == Duration(40s));
    CHECK(path.stretch(8s, 2) == Duration(20s));
}

TEST_CASE("no path stretches a deadline beyond a minute, and none shortens one", "[link]") {
    SlowPath path;
    path.took(1h);
    CHECK(path.stretch(8s, 4) == Duration(60s));
    CHECK(path.stretch(90s, 4) == Duration(90s));
}
