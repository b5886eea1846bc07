#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include "controller/roster/clock_estimator.h"

using namespace culvert;
using namespace culvert::roster;
using namespace std::chrono_literals;

namespace {

using std::chrono::microseconds;

// Two clocks and a path between them.
struct Path {
    Duration offset{};  // agent minus controller
    double drift = 0;   // of the agent's clock
    SteadyTime now{1000s};

    microseconds agent_time() const {
        const auto since = std::chrono::duration<double, std::nano>(now.time_since_epoch() - 1000s).count();
        return std::chrono::duration_cast<microseconds>(now.time_since_epoch() + offset +
                                                        Duration(static_cast<Duration::rep>(since * drift)));
    }
    Status exchange(ClockEstimator& estimator, Duration there, Duration held, Duration back) {
        const auto probe = estimator.probe(now);
        now += there;
        protocol::ClockReply reply{probe.sent, {agent_time()}, {}};
        now += held;
        reply.replied = {agent_time()};
        now += back;
        return estimator.take(reply, now);
    }
};

}  // namespace

TEST_CASE("nothing is known before the first exchange", "[roster]") {
    CHECK_FALSE(ClockEstimator().estimate(SteadyTime{1s}));
}

TEST_CASE("a symmetric path gives the exact offset, however long the agent holds the probe", "[roster]") {
    ClockEstimator estimator;
    Path path{.offset = -37s};
    REQUIRE(path.exchange(estimator, 10ms, 500ms, 10ms));
    const auto known = estimator.estimate(path.now);
    REQUIRE(known);
    CHECK(known->offset == -37s);
    CHECK(known->rtt == 20ms);
    CHECK(known->error == 10ms);
}

TEST_CASE("the truth is within offset ± error for every split of every delay", "[roster]") {
    CHECK(rc::check([] {
        ClockEstimator estimator;
        Path path{.offset = Duration(*rc::gen::inRange<std::int64_t>(-1'000'000'000'000, 1'000'000'000'000)),
                  .drift = *rc::gen::inRange(-40, 40) * 1e-6};
        const int exchanges = *rc::gen::inRange(1, 40);
        for (int i = 0; i < exchanges; ++i) {
            const auto delay = [] { return Duration(microseconds(*rc::gen::inRange(0, 200'000))); };
            RC_ASSERT(path.exchange(estimator, delay(), delay(), delay()).has_value());
            path.now += Duration(std::chrono::milliseconds(*rc::gen::inRange(0, 5000)));
        }
        const auto known = estimator.estimate(path.now);
        const auto truth = path.agent_time() - std::chrono::duration_cast<microseconds>(path.now.time_since_epoch());
        RC_ASSERT(std::chrono::abs(known->offset - truth) <=
                  known->error + 3us);  // three clock readings, each cut to a microsecond
    }));
}

TEST_CASE("the fastest exchange counts, and queues in one direction do not mislead", "[roster]") {
    ClockEstimator estimator;
    Path path{.offset = 5s};
    for (int i = 0; i < 10; ++i) REQUIRE(path.exchange(estimator, 300ms, 0ms, 5ms));
    REQUIRE(path.exchange(estimator, 4ms, 0ms, 5ms));
    for (int i = 0; i < 10; ++i) REQUIRE(path.exchange(estimator, 5ms, 0ms, 300ms));
    const auto known = estimator.estimate(path.now);
    CHECK(std::chrono::abs(known->offset - 5s) <= 1ms);
    CHECK(known->rtt == 9ms);
}

TEST_CASE("an old exchange is believed less, so a drifting clock is followed", "[roster]") {
    ClockEstimator estimator;
    Path path{.offset = 0s, .drift = 40e-6};
    REQUIRE(path.exchange(estimator, 1ms, 0ms, 1ms));
    path.now += 10min;  // drifts by 24 ms
    REQUIRE(path.exchange(estimator, 5ms, 0ms, 5ms));
    const auto known = estimator.estimate(path.now);
    CHECK(std::chrono::abs(known->offset - 24ms) <= 1ms);
    CHECK(known->error < 6ms);
    const auto later = estimator.estimate(path.now + 100s);
    CHECK(later->error > known->error);
}

TEST_CASE("a window of exchanges is kept, not all of them", "[roster]") {
    ClockEstimator estimator;
    Path path;
    for (std::size_t i = 0; i < ClockEstimator::kMostExchanges * 2; ++i)
        REQUIRE(path.exchange(estimator, 1ms, 0ms, 1ms));
    CHECK(estimator.exchanges() == ClockEstimator::kMostExchanges);
}

TEST_CASE("replies that no probe asked for, that come twice or that cannot be are refused", "[roster]") {
    ClockEstimator estimator;
    const SteadyTime now{1000s};
    const auto probe = estimator.probe(now);
    const auto reply = [&probe](microseconds received, microseconds replied) {
        return protocol::ClockReply{probe.sent, {received}, {replied}};
    };
    CHECK_FALSE(estimator.take({probe.sent + 1us, {5s}, {5s}}, now + 1ms));
    SECTION("twice") {
        REQUIRE(estimator.take(reply(5s, 5s), now + 1ms));
        CHECK_FALSE(estimator.take(reply(5s, 5s), now + 2ms));
    }
    SECTION("answered before it was received") {
        CHECK_FALSE(estimator.take(reply(5s, 4s), now + 1ms));
    }
    SECTION("held for longer than it was away") {
        CHECK_FALSE(estimator.take(reply(5s, 6s), now + 1ms));
    }
    SECTION("a time that would overflow") {
        CHECK_FALSE(estimator.take(reply(microseconds::max(), microseconds::max()), now + 1ms));
    }
    SECTION("too late") {
        estimator.probe(now + ClockEstimator::kLost + 1s);
        CHECK_FALSE(estimator.take(reply(5s, 5s), now + ClockEstimator::kLost + 2s));
    }
}

TEST_CASE("a clock is measured even where many probes are under way before the first answer comes", "[roster]") {
    ClockEstimator estimator;
    const SteadyTime begun{1000s};
    constexpr auto kEvery = 50ms, kRoundTrip = 4000ms;
    std::vector<protocol::ClockProbe> probes;
    for (int tick = 0; tick * kEvery < 2 * kRoundTrip; ++tick) {
        const SteadyTime now = begun + tick * kEvery;
        probes.push_back(estimator.probe(now));
        const int answered = tick - static_cast<int>(kRoundTrip / kEvery);
        if (answered >= 0)
            static_cast<void>(estimator.take({probes[static_cast<std::size_t>(answered)].sent, {5s}, {5s}}, now));
    }
    REQUIRE(estimator.estimate(begun + 2 * kRoundTrip));
    CHECK(estimator.estimate(begun + 2 * kRoundTrip)->rtt == Duration(kRoundTrip));
}

TEST_CASE("probes of one instant have different names", "[roster]") {
    ClockEstimator estimator;
    CHECK(estimator.probe(SteadyTime{1s}).sent != estimator.probe(SteadyTime{1s}).sent);
}

TEST_CASE("an instant of ours is named in the agent's time", "[roster]") {
    CHECK(to_agent(SteadyTime{100s}, {.offset = -40s, .error = 1ms, .rtt = 2ms}).since_epoch == 60s);
}
