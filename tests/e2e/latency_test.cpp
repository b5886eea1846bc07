// The report's latencies against a target whose delays are known, with the real programs.
#include <atomic>
#include <fstream>

#include <fmt/format.h>
#include <catch2/catch.hpp>

#include "common/crypto/web_certificate.h"
#include "e2e_mesh.h"
#include "tests/support/http_origin.h"

using namespace culvert;
using namespace culvert::e2e;
using namespace culvert::test;
using namespace std::chrono_literals;

namespace {

// Within 0.5 ms + 1 % of what is known; above by what a busy machine adds to the target's own timer.
void check_near(double measured_ms, double known_ms, double slack_ms) {
    CHECK(measured_ms >= known_ms * 0.99 - 0.5);
    CHECK(measured_ms <= known_ms * 1.01 + 0.5 + slack_ms);
}

std::string plan_for(const std::string& url, const std::string& load) {
    return fmt::format(
        "culvert: 1\nname: Known\nscenarios:\n  one:\n    load: [ {} ]\n    finish_within: 5s\n    steps: [ get: "
        "\"{}/\" ]\n",
        load, url);
}

std::string host_of(const HttpOrigin& origin) {
    return fmt::format("127.0.0.1:{}", origin.port());
}

}  // namespace

TEST_CASE("the report's percentiles are those of a target with known delays", "[e2e]") {
    std::atomic<unsigned> number{0};
    HttpOrigin origin([&number](const OriginRequest&) {  // of 100: 90 take 10 ms, 8 take 40 ms, 2 take 90 ms
        const unsigned place = number++ % 100;
        OriginAnswer answer;
        answer.delay = place < 90 ? 10ms : place < 98 ? 40ms : 90ms;
        return answer;
    });
    E2eMesh mesh;
    mesh.join("a1", 1, {}, {host_of(origin)});
    mesh.join("a2", 2, {}, {host_of(origin)});
    const auto outcome = mesh.run(plan_for(origin.url(), "constant_rate: { rate: 100/s, for: 10s }"), 2);
    INFO(outcome.err);
    REQUIRE((outcome.exit == 0 || outcome.exit == 6));
    const auto& latency = outcome.report["scenarios"][0]["steps"][0]["latency_ms"];
    CHECK(outcome.report["totals"]["requests"] == 1000);
    check_near(latency["p50"], 10, 1);
    check_near(latency["p95"], 40, 4);
    check_near(latency["p99"], 90, 5);
    CHECK(latency["max"] >= 90.0);
}

TEST_CASE(
    "a target that stalls for one second shows in the latency from the intended start and not in that from the send",
    "[e2e]") {
    SystemClock clock;
    std::atomic<std::int64_t> first{0};
    // The handshakes that come in the second from two seconds after the first one on wait for its end; what is sent is
    // answered at once.
    const auto stall = [&first, &clock] {
        const SteadyTime now = clock.steady_now();
        std::int64_t none = 0;
        const std::int64_t begin =
            first.compare_exchange_strong(none, now.time_since_epoch().count()) ? now.time_since_epoch().count() : none;
        const Duration since = now.time_since_epoch() - Duration{begin};
        if (since >= 2s && since < 3s) HttpOrigin::wait_until(SteadyTime{Duration{begin} + 3s});
    };
    const auto close_after_each = [](const OriginRequest&) {
        OriginAnswer answer;
        answer.ending = OriginAnswer::Ending::Close;
        return answer;
    };
    const auto certificate = crypto::make_web_certificate("127.0.0.1", clock);
    REQUIRE(certificate);
    HttpOrigin origin(close_after_each, *certificate, stall);
    E2eMesh mesh;
    const auto ca = mesh.mesh().file("target.pem");
    std::ofstream(ca) << certificate->certificate_pem;
    REQUIRE(mesh.mesh().join_agent(
        {.name = "a1", .labels = {}, .weight = 1, .allow = {host_of(origin)}, .more = {"--extra-ca", ca.string()}}));
    const auto outcome =
        mesh.run(plan_for(fmt::format("https://{}", host_of(origin)), "constant_rate: { rate: 50/s, for: 10s }"), 1);
    INFO(outcome.err);
    REQUIRE((outcome.exit == 0 || outcome.exit == 6));
    CHECK(outcome.report["totals"]["requests"] == 500);
    CHECK(outcome.report["totals"]["failures"] == 0);
    const auto& step = outcome.report["scenarios"][0]["steps"][0];
    CHECK(step["latency_ms"]["p99"] >
          800.0);  // one in ten was due within the stall; the one at p99 waited for about 0.9 s
    CHECK(step["send_latency_ms"]["p99"] < 300.0);
}
