#include "common/base/node_id.h"

#include <unordered_set>

#include <catch2/catch.hpp>

using namespace culvert;

TEST_CASE("a node id is written as 32 hex digits and shortened to 8", "[base]") {
    NodeId id;
    id.bytes = {0xde, 0xad, 0xbe, 0xef};
    CHECK(to_string(id) == "deadbeef000000000000000000000000");
    CHECK(short_id(id) == "deadbeef");
}

TEST_CASE("instances of one node are different addresses", "[base]") {
    const Address first{NodeId{}, 1}, second{NodeId{}, 2};
    CHECK(first != second);
    CHECK(std::unordered_set<Address>{first, second, first}.size() == 2);
}
