#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include <set>

#include "controller/results/number_set.h"

using culvert::results::NumberSet;

TEST_CASE("a number set knows each number once, in whatever order they come", "[results]") {
    CHECK(rc::check([](const std::vector<std::uint16_t>& numbers) {
        NumberSet set;
        std::set<std::uint64_t> model;
        for (const std::uint16_t number : numbers) {
            const auto added = set.add(number % 64 + 1U);
            RC_ASSERT((added == NumberSet::Added::New) == model.insert(number % 64 + 1U).second);
        }
        RC_ASSERT(set.count() == model.size());
        RC_ASSERT(set.highest() == (model.empty() ? 0 : *model.rbegin()));
        RC_ASSERT(set.missing() == set.highest() - model.size());
        for (std::uint64_t n = 0; n < 70; ++n) RC_ASSERT(set.contains(n) == (model.count(n) != 0));
    }));
}

TEST_CASE("a number set refuses numbers that no agent can reach and more gaps than a broken link makes", "[results]") {
    NumberSet set;
    CHECK(set.add(0) == NumberSet::Added::Refused);
    CHECK(set.add(NumberSet::kLargest + 1) == NumberSet::Added::Refused);
    for (std::uint64_t i = 0; i < NumberSet::kMostRanges; ++i) REQUIRE(set.add(2 * i + 1) == NumberSet::Added::New);
    CHECK(set.add(2 * NumberSet::kMostRanges + 1) == NumberSet::Added::Refused);
    CHECK(set.add(2) == NumberSet::Added::New);  // closes a gap
}
