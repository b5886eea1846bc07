#include "tunnel/relay/counters.h"

#include <catch2/catch.hpp>

#include "tunnel/relay/admin_server.h"
#include "tunnel/relay/http_answer.h"

using namespace culvert;
using namespace culvert::tunnel::relay;
using Catch::Matchers::Contains;

TEST_CASE("metrics are Prometheus text with a type for every name", "[relay]") {
    Counters counters;
    counters.agents = 3;
    counters.envelopes_in = 17;
    counters.links_closed["newer_link"] = 2;
    counters.admission_failures["foreign_ca"] = 1;
    counters.handshakes = 12;
    counters.turned_away = 7;
    counters.waiting = 5;
    counters.handshakes_per_second = 500;
    const std::string text = prometheus_text(counters);
    CHECK_THAT(text, Contains("culvert_build_info{program=\"culvert-relay\",version=\""));
    CHECK_THAT(text, Contains("culvert_relay_links{role=\"agent\"} 3\n"));
    CHECK_THAT(text, Contains("culvert_relay_envelopes_total{direction=\"in\"} 17\n"));
    CHECK_THAT(text, Contains("culvert_relay_links_closed_total{reason=\"newer_link\"} 2\n"));
    CHECK_THAT(text, Contains("culvert_relay_admission_failures_total{reason=\"foreign_ca\"} 1\n"));
    CHECK_THAT(text, Contains("culvert_relay_handshakes_total 12\n") &&
                         Contains("culvert_relay_handshakes_turned_away_total 7\n") &&
                         Contains("culvert_relay_handshakes_waiting 5\n") &&
                         Contains("culvert_relay_handshakes_per_second_limit 500\n"));
    for (const char* name : {"culvert_relay_queue_bytes gauge", "culvert_relay_forward_seconds histogram",
                             "culvert_relay_unreachable_total counter"}) {
        CHECK_THAT(text, Contains(std::string("# TYPE ") + name + "\n"));
    }
}

TEST_CASE("forward times fall into cumulative buckets", "[relay]") {
    ForwardTimes times;
    times.record(std::chrono::microseconds(50), 4);
    times.record(std::chrono::milliseconds(2), 1);
    times.record(std::chrono::seconds(3), 1);
    CHECK(times.at_or_below(0) == 4);
    CHECK(times.at_or_below(4) == 4);
    CHECK(times.at_or_below(5) == 5);
    CHECK(times.at_or_below(ForwardTimes::kUpperBounds_s.size() - 1) == 5);
    CHECK(times.count() == 6);
    CHECK(times.sum_s() == Approx(3.0022));
}

TEST_CASE("a draining relay lives but is not ready", "[relay]") {
    AdminServer admin([] { return Counters{}; });
    CHECK(admin.answer("/healthz").status == 200);
    CHECK(admin.answer("/readyz").status == 200);
    admin.set_draining();
    CHECK(admin.answer("/healthz").status == 200);
    CHECK(admin.answer("/readyz").status == 503);
    CHECK(admin.answer("/metrics").status == 200);
    CHECK(admin.answer("/").status == 404);
}

TEST_CASE("a plain request on the tunnel's path is told what is missing", "[relay]") {
    const HttpAnswer answer = answer_on_public_port("/mesh", "/mesh");
    CHECK(answer.status == 426);
    CHECK_THAT(answer.body, Contains("Upgrade"));
    CHECK_THAT(answer.body, Contains("culvert.1"));
    CHECK_THAT(render(answer, true),
               Contains("HTTP/1.1 426 Upgrade Required\r\n") && Contains("Upgrade: websocket\r\n"));
    CHECK(answer_on_public_port("/", "/mesh").status == 404);
}

TEST_CASE("an answer to HEAD has the length but not the body", "[relay]") {
    const std::string text = render(HttpAnswer{.body = "12345"}, false);
    CHECK_THAT(text, Contains("Content-Length: 5\r\n"));
    CHECK(text.ends_with("\r\n\r\n"));
}
