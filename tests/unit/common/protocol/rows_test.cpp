#include "common/protocol/rows.h"

#include <rapidcheck.h>
#include <catch2/catch.hpp>

using namespace culvert;
using namespace culvert::protocol;

TEST_CASE("rows come out as they went in", "[protocol]") {
    rc::check([](const std::vector<std::pair<std::string, std::string>>& pairs) {
        Rows rows;
        for (const auto& [a, b] : pairs) rows.push_back({a, b});
        RC_ASSERT(decode_rows(2, encode_rows(2, rows)).value() == rows);
    });
}

TEST_CASE("rows that were cut short or go on are refused", "[protocol]") {
    const std::string encoded = encode_rows(2, {{"a", "b"}, {"c", "d"}});
    for (std::size_t size = 0; size < encoded.size(); ++size) CHECK_FALSE(decode_rows(2, encoded.substr(0, size)));
    CHECK_FALSE(decode_rows(2, encoded + "x"));
    CHECK_FALSE(decode_rows(3, encoded));
}

TEST_CASE("a count that cannot be is refused before anything is allocated", "[protocol]") {
    CHECK_FALSE(decode_rows(1, std::string("\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11)));
    CHECK_FALSE(decode_rows(1, std::string("\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f", 11)));
    CHECK_FALSE(decode_rows(0, std::string("\x00\x05", 2)));
}
