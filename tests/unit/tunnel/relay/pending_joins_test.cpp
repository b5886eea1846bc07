#include "tunnel/relay/pending_joins.h"

#include <catch2/catch.hpp>

using namespace culvert;
using namespace culvert::tunnel::relay;

namespace {
const SteadyTime kNow(std::chrono::minutes(60));
}

TEST_CASE("no more joins are pending than there is room for", "[relay]") {
    PendingJoins joins(2);
    CHECK(joins.put(1, kNow) != nullptr);
    CHECK(joins.put(2, kNow) != nullptr);
    CHECK(joins.put(3, kNow) == nullptr);
    CHECK(joins.put(2, kNow) == joins.find(2));
    joins.remove(1);
    CHECK(joins.put(3, kNow) != nullptr);
}

TEST_CASE("joins wait in the order in which they came until a controller has them", "[relay]") {
    PendingJoins joins(5);
    for (const LinkId link : {4U, 2U, 9U}) joins.put(link, kNow);
    CHECK(joins.waiting() == std::vector<LinkId>{2, 4, 9});
    joins.find(4)->handed_to = 77;
    CHECK(joins.waiting() == std::vector<LinkId>{2, 9});
}

TEST_CASE("what a controller left unanswered waits again", "[relay]") {
    PendingJoins joins(5);
    joins.put(1, kNow)->handed_to = 77;
    joins.put(2, kNow)->handed_to = 77;
    joins.put(3, kNow)->handed_to = 78;
    joins.find(1)->answered = true;
    CHECK(joins.take_back_from(77) == std::vector<LinkId>{2});
    CHECK(joins.waiting() == std::vector<LinkId>{2});
}

TEST_CASE("joins that are too old are named", "[relay]") {
    PendingJoins joins(5);
    joins.put(1, kNow - std::chrono::minutes(11));
    joins.put(2, kNow - std::chrono::minutes(9));
    CHECK(joins.older_than(kNow - std::chrono::minutes(10)) == std::vector<LinkId>{1});
}
