// The report's latencies against targets whose delays are known, with the real programs.
#include <atomic>
#include <fstream>

#include <fmt/format.h>
#include <catch2/catch.hpp>

#include "common/crypto/web_certificate.h"
#include "e2e_mesh.h"
#include "known_target.h"

using namespace culvert;
using namespace culvert::e2e;
using namespace culvert::test;
using namespace std::chrono_literals;

namespace {

std::string local(std::uint16_t port) {
    return fmt::format("127.0.0.1:{}", port);
}

std::string scenario(const std::string& name, const std::string& url, const std::string& load) {
    return fmt::format("  {}:\n    load: [ {} ]\n    finish_within: 5s\n    steps: [ get: \"{}/\" ]\n", name, load,
                       url);
}

// Within 0.5 ms + 1 % of what the target held, plus what the machine added while it ran.
void check_within(double reported_ms, double held_at_least_ms, double held_at_most_ms, double added_ms) {
    CHECK(reported_ms >= held_at_least_ms * 0.99 - 0.5);
    CHECK(reported_ms <= (held_at_most_ms + added_ms) * 1.01 + 0.5);
}

}  // namespace

TEST_CASE("the report's percentiles are those of a target with known delays", "[e2e]") {
    // Of 100: 90 take 10 ms, 8 take 40 ms, 2 take 90 ms.
    HoldingTarget target([](unsigned number) -> Duration {
        const unsigned place = number % 100;
        return place < 90 ? 10ms : place < 98 ? 40ms : 90ms;
    });
    E2eMesh mesh;
    mesh.join("a1", 1, {}, {local(target.origin().port())});
    mesh.join("a2", 2, {}, {local(target.origin().port())});
    const OverheadProbe probe(3ms);
    const auto outcome =
        mesh.run("culvert: 1\nname: Known\nscenarios:\n" +
                     scenario("one", target.origin().url(), "constant_rate: { rate: 100/s, for: 10s }"),
                 2);
    INFO(outcome.err);
    REQUIRE((outcome.exit == 0 || outcome.exit == 6));
    CHECK(outcome.report["totals"]["requests"] == 1000);
    CHECK(target.held().count() == 1000);
    const auto& latency = outcome.report["scenarios"][0]["steps"][0]["latency_ms"];
    const Measured& held = target.held();
    const Measured& added = probe.overhead();
    CAPTURE(latency.dump(), held.max_ms(), added.percentile_ms(50), added.percentile_ms(99), added.max_ms());
    // A request takes what the target held it plus what the machine added. Of the worst 1 - q of such sums each has one
    // of the worst (1 - q)/2 of either part, whatever their order: so q of the sum lies below q' = (1 + q)/2 of both.
    check_within(latency["p50"], held.percentile_ms(50), held.percentile_ms(75), added.percentile_ms(75));
    check_within(latency["p95"], held.percentile_ms(95), held.percentile_ms(97.5), added.percentile_ms(97.5));
    check_within(latency["p99"], held.percentile_ms(99), held.percentile_ms(99.5), added.percentile_ms(99.5));
    check_within(latency["max"], held.max_ms(), held.max_ms(), added.max_ms());
}

TEST_CASE(
    "a target that does not let requests in for one second shows in the latency from the intended start only, one that "
    "holds them shows in that from the send too",
    "[e2e]") {
    // docs/adr/0007: when the two histograms differ. Each target stalls in the second from two seconds after its first
    // connection on.
    SystemClock clock;
    const auto stall = [&clock](std::atomic<std::int64_t>& first) {
        const Duration now = clock.steady_now().time_since_epoch();
        std::int64_t begin = 0;
        if (first.compare_exchange_strong(begin, now.count())) begin = now.count();
        if (now >= Duration{begin} + 2s && now < Duration{begin} + 3s)
            HttpOrigin::wait_until(SteadyTime{Duration{begin} + 3s});
    };
    OriginAnswer last;
    last.ending = OriginAnswer::Ending::Close;
    const auto certificate = crypto::make_web_certificate("127.0.0.1", clock);
    REQUIRE(certificate);
    std::atomic<std::int64_t> first_handshake{0}, first_request{0};
    HttpOrigin handshakes([last](const OriginRequest&) { return last; }, *certificate, [&] { stall(first_handshake); });
    HttpOrigin holding([&, last](const OriginRequest&) {
        stall(first_request);
        return last;
    });
    const BacklogTarget backlog(2s);

    E2eMesh mesh;
    const auto ca = mesh.mesh().file("target.pem");
    std::ofstream(ca) << certificate->certificate_pem;
    REQUIRE(mesh.mesh().join_agent({.name = "a1",
                                    .labels = {},
                                    .weight = 1,
                                    .allow = {local(handshakes.port()), local(holding.port()), local(backlog.port())},
                                    .more = {"--extra-ca", ca.string()}}));
    const std::string load = "constant_rate: { rate: 100/s, for: 6s }";
    const auto outcome = mesh.run(
        "culvert: 1\nname: Stalls\nscenarios:\n" + scenario("handshake", handshakes.url(), load) +
            scenario("backlog", "http://" + local(backlog.port()), load) + scenario("held", holding.url(), load),
        1);
    INFO(outcome.err);
    REQUIRE((outcome.exit == 0 || outcome.exit == 6));
    CHECK(outcome.report["totals"]["requests"] == 1800);
    CHECK(outcome.report["totals"]["failures"] == 0);
    // p99 of 600 is the 7th longest. 10 slots are due in the first 100 ms of the stall and wait for 900 ms at least (in
    // the backlog: a SYN that is dropped is sent again after one second).
    const auto step = [&outcome](std::size_t index) { return outcome.report["scenarios"][index]["steps"][0]; };
    for (const std::size_t index : {0U, 1U, 2U}) {
        INFO(outcome.report["scenarios"][index].dump());
        CHECK(step(index)["latency_ms"]["p99"] >= 900.0);
        CHECK(step(index)["latency_ms"]["max"] >= 990.0);
    }
    // The send: at once after the handshake, and after the connection; the few that were in the queue already
    // (kBacklog + 1 of 600) lie above p99.
    static_assert(BacklogTarget::kBacklog + 1 < 6);
    CHECK(step(0)["send_latency_ms"]["p99"] < 300.0);
    CHECK(step(1)["send_latency_ms"]["p99"] < 300.0);
    CHECK(step(2)["send_latency_ms"]["p99"] >= 900.0);
}
