#include "common/base/units.h"

#include <catch2/catch.hpp>

using namespace culvert;
using namespace std::chrono_literals;

TEST_CASE("durations are read with their units and written back the same", "[base]") {
    CHECK(parse_duration("25s") == Duration{25s});
    CHECK(parse_duration("1.5s") == Duration{1500ms});
    CHECK(parse_duration("5m30s") == Duration{330s});
    CHECK(parse_duration("0") == Duration{0});
    CHECK(to_string(Duration{330s}) == "5m30s");
    CHECK(to_string(Duration{1500ms}) == "1s500ms");
    CHECK(to_string(Duration{0}) == "0s");
}

TEST_CASE("a duration without a unit says which one to write", "[base]") {
    const auto result = parse_duration("25");
    REQUIRE_FALSE(result);
    CHECK(result.error().message == "\"25\" has no unit; write 25s or 25ms");
    CHECK_FALSE(parse_duration("-1s"));
    CHECK_FALSE(parse_duration("5 parsecs"));
    CHECK_FALSE(parse_duration("99999999999999999999s"));
}

TEST_CASE("rates below one a second are exact", "[base]") {
    CHECK(parse_rate("200/s") == Rate::per_second(200));
    CHECK(parse_rate("0.5/s") == parse_rate("30/m"));
    CHECK(parse_rate("2/h")->milli_per_hour == 2000);
    CHECK(to_string(*parse_rate("30/m")) == "30/m");
    CHECK_FALSE(parse_rate("200"));
    CHECK_FALSE(parse_rate("200/w"));
}

TEST_CASE("sizes know decimal and binary units", "[base]") {
    CHECK(parse_bytes("16KiB") == Bytes{16384});
    CHECK(parse_bytes("1kB") == Bytes{1000});
    CHECK(to_string(Bytes{4 << 20}) == "4MiB");
    CHECK_FALSE(parse_bytes("16"));
}
