#include <atomic>

#include <catch2/catch.hpp>

#include "tests/integration/engine/engine_scene.h"

using namespace culvert;
using namespace culvert::test;
using namespace std::chrono_literals;

namespace {

// Measured against known: within 0.5 ms + 1 %, above by what this machine adds when it is busy.
void check_near(std::uint64_t measured_micros, Duration known, Duration slack) {
    const auto expected = static_cast<double>(known.count()) / 1000;
    CHECK(static_cast<double>(measured_micros) >= expected * 0.99 - 500);
    CHECK(static_cast<double>(measured_micros) <= expected * 1.01 + 500 + static_cast<double>(slack.count()) / 1000);
}

}  // namespace

TEST_CASE("percentiles are those of the target's known delays", "[engine]") {
    std::atomic<unsigned> number{0};
    HttpOrigin origin([&number](const OriginRequest&) {  // of 100: 90 take 10 ms, 8 take 40 ms, 2 take 90 ms
        const unsigned place = number++ % 100;
        OriginAnswer answer;
        answer.delay = place < 90 ? 10ms : place < 98 ? 40ms : 90ms;
        return answer;
    });
    EngineRun run(
        whole_run(plan_of("[ constant_rate: { rate: 100/s, for: 3s } ]", "[ get: \"" + origin.url() + "/\" ]")),
        two_threads());
    REQUIRE(run.start().wait());
    const auto step = run.step();
    CHECK(step.requests == 300);
    check_near(step.latency.percentile_micros(50), 10ms, 1ms);
    check_near(step.latency.percentile_micros(95), 40ms, 4ms);
    check_near(step.latency.percentile_micros(99), 90ms, 4ms);
    CHECK(step.latency.max_micros() >= 90'000);
    CHECK(step.phases.first_byte.count == 300);
    check_near(step.phases.first_byte.sum_micros / 300, Duration(10ms * 90 + 40ms * 8 + 90ms * 2) / 100, 2ms);
}

namespace {

// Answers at once, but nothing that comes in the second from one second after the first word on: that is answered at
// its end.
class Stall {
  public:
    SteadyTime end_of_stall(SteadyTime now) {
        SteadyTime none{};
        const SteadyTime first = first_.compare_exchange_strong(none, now) ? now : none;
        const Duration since = now - first;
        return since >= 1s && since < 2s ? first + 2s : now;
    }

  private:
    std::atomic<SteadyTime> first_{SteadyTime{}};
};

constexpr const char* kFourSeconds = "[ constant_rate: { rate: 100/s, for: 4s } ]";

}  // namespace

TEST_CASE("a target that stalls for a second shows in the percentiles of an open model", "[engine]") {
    Stall stall;
    HttpOrigin origin([&stall](const OriginRequest& request) {
        OriginAnswer answer;
        answer.delay = stall.end_of_stall(request.arrived) - request.arrived;
        return answer;
    });
    EngineRun run(whole_run(plan_of(kFourSeconds, "[ get: \"" + origin.url() + "/\" ]", "    finish_within: 3s\n")),
                  two_threads());
    REQUIRE(run.start().wait());
    const auto step = run.step();
    CHECK(step.requests == 400);  // the schedule did not wait for the target
    CHECK(step.latency.percentile_micros(99) > 900'000);
    CHECK(step.latency.percentile_micros(50) < 100'000);
    CHECK(run.totals().missed == 0);
}

TEST_CASE("time before the send counts from the intended start and not from the send", "[engine]") {
    SystemClock clock;
    Stall stall;  // of whatever comes first on a connection: handshakes wait, requests on open connections do not
    const auto close_after_each = [](const OriginRequest&) {
        OriginAnswer answer;
        answer.ending = OriginAnswer::Ending::Close;
        return answer;
    };
    HttpOrigin origin(close_after_each, crypto::make_web_certificate("127.0.0.1", clock).value(),
                      [&stall, &clock] { HttpOrigin::wait_until(stall.end_of_stall(clock.steady_now())); });
    auto options = two_threads();
    options.verify_tls = false;
    EngineRun run(whole_run(plan_of(kFourSeconds, "[ get: \"" + origin.url() + "/\" ]", "    finish_within: 3s\n")),
                  options);
    REQUIRE(run.start().wait());
    const auto step = run.step();
    CHECK(step.requests == 400);
    CHECK(step.latency.percentile_micros(99) > 900'000);
    // The handshakes that waited come all at once: what they cost a slow machine is not the stall.
    CHECK(step.send_latency.percentile_micros(99) < step.latency.percentile_micros(99) / 2);
    CHECK(step.phases.tls.count == 400);
}
