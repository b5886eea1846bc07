#include "tunnel/relay/handshake_pace.h"

#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include <deque>

using namespace culvert;
using namespace culvert::tunnel::relay;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

// How many begin within `length` when somebody is always waiting.
int begun_within(Rate limit, Duration length) {
    HandshakePace pace(limit);
    int begun = 0;
    const SteadyTime start{seconds(1000)};
    for (SteadyTime now = start; now < start + length; now += milliseconds(1)) {
        while (pace.take(now)) ++begun;
    }
    return begun;
}

}  // namespace

TEST_CASE("no second sees more handshakes than the limit, however they come", "[relay]") {
    CHECK(rc::check([] {
        const auto limit = *rc::gen::inRange<std::int64_t>(10, 400);
        HandshakePace pace(Rate::per_second(limit));
        std::deque<SteadyTime> last_second;
        SteadyTime now{seconds(1)};
        for (int i = 0; i < 1500; ++i) {
            now += microseconds(*rc::gen::inRange(0, 4000));
            if (!pace.take(now)) continue;
            last_second.push_back(now);
            while (last_second.front() <= now - seconds(1)) last_second.pop_front();
            RC_ASSERT(last_second.size() <= static_cast<std::size_t>(limit));
        }
    }));
}

TEST_CASE("a herd gets in at almost the limit, and evenly", "[relay]") {
    for (const int limit : {10, 50, 500, 5000}) {
        INFO("limit " << limit);
        const int in_ten = begun_within(Rate::per_second(limit), seconds(10));
        CHECK(in_ten <= 10 * limit);
        CHECK(in_ten >= 9 * limit);
        CHECK(begun_within(Rate::per_second(limit), milliseconds(100)) <= limit / 5 + 1);
    }
}

TEST_CASE("time in which nobody came is not made up for", "[relay]") {
    HandshakePace pace(Rate::per_second(100));
    const SteadyTime later{std::chrono::hours(1)};
    int together = 0;
    while (pace.take(later)) ++together;
    CHECK(together == 5);
}
