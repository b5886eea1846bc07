#include "common/base/text.h"

#include <array>

#include <catch2/catch.hpp>

using namespace culvert;

TEST_CASE("a misspelt key finds its nearest candidate", "[base]") {
    const std::array<std::string_view, 3> keys{"constant_rate", "ramp_rate", "weight"};
    CHECK(closest("constant_rat", keys) == "constant_rate");
    CHECK(closest("wieght", keys) == "weight");
    CHECK_FALSE(closest("zzzzzz", keys));
    CHECK_FALSE(closest("", keys));
}

TEST_CASE("an excerpt is bounded and holds no control characters", "[base]") {
    CHECK(excerpt("a\nb\x1b[31m", 100) == "a?b?[31m");
    CHECK(excerpt("abcdef", 3) == "abc…");
}

TEST_CASE("split keeps empty parts and trim removes blanks", "[base]") {
    CHECK(split("a,,b", ',').size() == 3);
    CHECK(trim("  x\t\r\n") == "x");
    CHECK(trim(" ") == "");
}
