// The relay as a service: pages, metrics, certificates, draining, and what it says when it cannot start.
#include <catch2/catch.hpp>

#include <thread>

#include "common/crypto/web_certificate.h"
#include "tests/support/files.h"
#include "tests/support/raw_link.h"
#include "tests/support/test_relay.h"
#include "tunnel/relay/listener.h"

using namespace culvert;
using namespace culvert::test;
using namespace culvert::tunnel::envelope;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

namespace {

std::string get(std::uint16_t port, const std::string& path, RawLink::Tls tls) {
    return RawLink(port, tls).http("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
}

}  // namespace

TEST_CASE("a plain request on the tunnel's path is told that the upgrade got lost", "[relay]") {
    const TestRelay relay;
    CHECK_THAT(get(relay.port(), "/mesh", RawLink::Tls::On),
               StartsWith("HTTP/1.1 426 Upgrade Required\r\n") && Contains("Upgrade header"));
    CHECK_THAT(get(relay.port(), "/", RawLink::Tls::On), StartsWith("HTTP/1.1 404 "));
    CHECK_THAT(RawLink(relay.port()).http("POST /mesh HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n"),
               StartsWith("HTTP/1.1 405 "));
}

TEST_CASE("an upgrade on another path or of another version is refused", "[relay]") {
    const TestRelay relay;
    CHECK(RawLink(relay.port()).upgrade("/other") == 404);
    CHECK(RawLink(relay.port()).upgrade("/mesh", "culvert.99") == 426);
    CHECK(RawLink(relay.port()).upgrade("/mesh", "") == 426);
    CHECK(RawLink(relay.port()).upgrade("/mesh") == 101);
    CHECK(RawLink(relay.port()).upgrade("/mesh", "culvert.2, culvert.1") == 101);
    CHECK(RawLink(relay.port()).upgrade("/mesh", "http, culvert.1") == 426);
    CHECK(RawLink(relay.admin_port(), RawLink::Tls::Off).upgrade("/mesh") == 404);
}

TEST_CASE("connections that never become links are closed after the handshake timeout", "[relay]") {
    tunnel::relay::RelayLimits limits;
    limits.handshake_timeout = std::chrono::seconds(1);
    const TestRelay relay(limits);
    RawLink no_tls(relay.port(), RawLink::Tls::Off);
    RawLink no_request(relay.port());
    RawLink half_a_request(relay.port());
    half_a_request.send_text("GET /mesh HTTP/1.1\r\nHost: loc");
    CHECK(no_tls.ended());
    CHECK(no_request.ended());
    CHECK(half_a_request.ended());
}

TEST_CASE("a request with a very long token in its headers is still answered", "[relay]") {
    const TestRelay relay;
    const std::string token(12'000, 't');
    CHECK_THAT(RawLink(relay.port()).http("GET /mesh HTTP/1.1\r\nHost: localhost\r\nX-Token: " + token + "\r\n\r\n"),
               StartsWith("HTTP/1.1 426 "));
}

TEST_CASE("health, readiness and metrics have a listener of their own", "[relay]") {
    TestRelay relay;
    const RawLink agent = admitted_link(relay.port(), relay.agent("fra-1"));
    CHECK_THAT(get(relay.admin_port(), "/healthz", RawLink::Tls::Off), StartsWith("HTTP/1.1 200 OK\r\n"));
    CHECK_THAT(get(relay.admin_port(), "/readyz", RawLink::Tls::Off), StartsWith("HTTP/1.1 200 OK\r\n"));
    const std::string metrics = get(relay.admin_port(), "/metrics", RawLink::Tls::Off);
    CHECK_THAT(metrics, Contains("culvert_relay_links{role=\"agent\"} 1\n") &&
                            Contains("culvert_relay_web_certificate_not_after_seconds"));
    CHECK_THAT(metrics, !Contains("fra-1"));
    CHECK_THAT(get(relay.port(), "/metrics", RawLink::Tls::On), StartsWith("HTTP/1.1 404 "));
}

TEST_CASE("a relay without TLS serves a web server in front of it", "[relay]") {
    const TestRelay relay({}, TestRelay::Tls::Off);
    RawLink link(relay.port(), RawLink::Tls::Off);
    REQUIRE(link.upgrade() == 101);
    CHECK(link.say_hello(relay.agent("fra-1")).kind == Kind::Admitted);
}

TEST_CASE("a silent link is pinged, lives as long as it answers, and is given up when it does not", "[relay]") {
    tunnel::relay::RelayLimits limits;
    limits.ping_after = std::chrono::milliseconds(50);
    limits.give_up_after = std::chrono::milliseconds(300);
    TestRelay relay(limits);
    const auto identity = relay.agent("fra-1");
    RawLink link = admitted_link(relay.port(), identity);
    link.answer_pings(10);
    link.send({Kind::Echo, {identity.member().id, 0}, {}, "alive"});
    CHECK(link.receive(Kind::EchoReply)->body == "alive");
    const SystemClock clock;
    const SteadyTime give_up = clock.steady_now() + std::chrono::seconds(5);
    while (relay.counters().links_closed["silent"] == 0 && clock.steady_now() < give_up) std::this_thread::yield();
    CHECK(relay.counters().links_closed["silent"] == 1);
    CHECK(relay.counters().agents == 0);
}

TEST_CASE("draining tells every node why and then ends", "[relay]") {
    TestRelay relay;
    RawLink agent = admitted_link(relay.port(), relay.agent("fra-1"));
    RawLink controller = admitted_link(relay.port(), relay.controller("laptop"), 1);
    std::thread draining([&relay] { relay.drain(); });
    for (RawLink* link : {&agent, &controller}) {
        const auto closing = link->receive(Kind::Closing);
        REQUIRE(closing.has_value());
        CHECK(parse_refusal(closing->body)->reason == Reason::Drained);
        CHECK(parse_refusal(closing->body)->retryable);
        CHECK(link->ended());
    }
    draining.join();
}

TEST_CASE("new links get the new web certificate, old links live on", "[relay]") {
    TestRelay relay;
    const auto identity = relay.agent("fra-1");
    RawLink old = admitted_link(relay.port(), identity);
    const std::string before = old.certificate_sha256();

    const auto fresh = crypto::make_web_certificate("localhost", SystemClock());
    REQUIRE(fresh.has_value());
    write_file(relay.certificate_file(), fresh->certificate_pem);
    relay.on_loop([](auto& running) { running.reload_certificate(); });
    CHECK(RawLink(relay.port()).certificate_sha256() == before);  // the key is still the old one's

    write_file(relay.key_file(), fresh->key_pem);
    relay.on_loop([](auto& running) { running.reload_certificate(); });
    CHECK(RawLink(relay.port()).certificate_sha256() != before);
    old.send({Kind::Echo, {identity.member().id, 0}, {}, "still here"});
    CHECK(old.receive(Kind::EchoReply)->body == "still here");
}

TEST_CASE("a web certificate whose chain is damaged is not taken up", "[relay]") {
    TestRelay relay;
    const std::string before = RawLink(relay.port()).certificate_sha256();
    const auto fresh = crypto::make_web_certificate("localhost", SystemClock());
    REQUIRE(fresh.has_value());
    write_file(relay.certificate_file(),
               fresh->certificate_pem + "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    write_file(relay.key_file(), fresh->key_pem);
    relay.on_loop([](auto& running) { running.reload_certificate(); });
    CHECK(RawLink(relay.port()).certificate_sha256() == before);
    const RawLink agent = admitted_link(relay.port(), relay.agent("fra-1"));
}

TEST_CASE("requests that dribble in do not keep others waiting", "[relay]") {
    const TestRelay relay({}, TestRelay::Tls::Off);
    std::vector<RawLink> slow;
    for (int i = 0; i < 400; ++i) {
        slow.emplace_back(relay.port(), RawLink::Tls::Off);
        slow.back().send_text("GET /mesh HTTP/1.1\r\nHost: loc");
    }
    RawLink agent(relay.port(), RawLink::Tls::Off);
    CHECK(agent.upgrade() == 101);
}

TEST_CASE("a stranger's message that is too long for a Hello ends the link before it is whole", "[relay]") {
    const TestRelay relay({}, TestRelay::Tls::Off);
    RawLink link(relay.port(), RawLink::Tls::Off);
    REQUIRE(link.upgrade() == 101);
    link.take_challenge();
    // A masked binary frame that announces 60,000 bytes, and two thirds of them.
    const std::string head{'\x82', '\xfe', '\xea', '\x60', '\0', '\0', '\0', '\0'};
    link.send_text(head + std::string(40'000, 'x'));
    CHECK(link.ended());
}

TEST_CASE("a relay that cannot start says what to mend", "[relay]") {
    TestRelay running;
    TemporaryFolder folder;
    net::Loop loop;
    tunnel::relay::RelaySettings settings;
    settings.mesh = "acme";
    settings.url = "wss://localhost/mesh";
    settings.mesh_ca_file = folder.file("mesh-ca.pem");
    settings.listen = {"127.0.0.1:0"};
    settings.certificate_file = running.certificate_file();
    settings.key_file = running.key_file();
    const auto error_of = [&loop](const tunnel::relay::RelaySettings& its) {
        const auto relay = tunnel::relay::Relay::start(loop, its);
        REQUIRE_FALSE(relay.has_value());
        return relay.error().message;
    };

    CHECK_THAT(error_of(settings), Contains("mesh_ca") && Contains("No such file"));
    write_file(settings.mesh_ca_file, running.ca().certificate_pem());
    settings.mesh = "beta";
    CHECK_THAT(error_of(settings), Contains("acme") && Contains("beta"));
    settings.mesh = "acme";

    settings.listen = {"127.0.0.1:" + std::to_string(running.port())};
    CHECK_THAT(error_of(settings), Contains("in use"));
    settings.listen = {"localhost"};
    CHECK_THAT(error_of(settings), Contains("has no port"));
    settings.listen = {"127.0.0.1:0"};

    settings.certificate_file = folder.file("missing.pem");
    CHECK_THAT(error_of(settings), Contains("missing.pem") && Contains("No such file"));
    settings.certificate_file = settings.mesh_ca_file;
    CHECK_THAT(error_of(settings), Contains("is not the key of"));
    settings.certificate_file = running.certificate_file();
    settings.key_file = running.certificate_file();
    CHECK_THAT(error_of(settings), Contains("no private key"));
}
