#include "common/base/log_budget.h"

#include <catch2/catch.hpp>

using namespace culvert;
using namespace std::chrono_literals;

TEST_CASE("a flood costs so many lines a period, and the rest is told as a number", "[base]") {
    LogBudget budget(3, 10s);
    SteadyTime now(1h);
    int written = 0;
    for (int i = 0; i < 1000; ++i) written += budget.spend(now) ? 1 : 0;
    CHECK(written == 3);
    CHECK(budget.take_held_back(now + 9s) == 0);
    now += 10s;
    CHECK(budget.take_held_back(now) == 997);
    CHECK(budget.take_held_back(now) == 0);
    CHECK(budget.spend(now));
}
