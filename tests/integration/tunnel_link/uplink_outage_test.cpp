// Relays that go away, come back, or are none.
#include <algorithm>

#include <catch2/catch.hpp>

#include "tests/integration/tunnel_link/relay_nodes.h"
#include "tests/support/loopback.h"
#include "tests/support/test_origin.h"

using namespace culvert;
using namespace culvert::test;
using namespace std::chrono_literals;
using tunnel::link::UplinkSettings;
namespace envelope = tunnel::envelope;

TEST_CASE("a link that is cut comes back, and data flows again", "[link]") {
    TestRelay relay;
    TestProxy proxy;
    UplinkSettings settings = settings_for(relay);
    use_proxy(settings, proxy);
    auto left = agent_of(relay);
    auto right = controller_of(relay);
    REQUIRE_FALSE(right->start(controller_settings(relay)));
    REQUIRE_FALSE(left->start(settings));
    REQUIRE(left->wait_up());
    for (int cut = 1; cut <= 3; ++cut) {
        proxy.cut();
        REQUIRE(left->wait_up(cut + 1));
    }
    const auto record = left->record();
    CHECK(record.downs.size() >= 3);
    CHECK_FALSE(record.down_for_good);
    const Address to{left->identity().member().id, 0};
    REQUIRE(right->wait_up());
    REQUIRE(right->send({envelope::Kind::Data, {right->identity().member().id, 77}, to, "after the cuts"}));
    REQUIRE(left->wait_until([](const UplinkNode::Record& seen) { return !seen.envelopes.empty(); }));
    CHECK(left->record().envelopes.back().body == "after the cuts");
}

TEST_CASE("a relay that crashed or drained is found again", "[link]") {
    TestRelay relay;
    auto node = agent_of(relay);
    REQUIRE_FALSE(node->start(settings_for(relay)));
    REQUIRE(node->wait_up());
    relay.stop();
    REQUIRE(node->wait_until([](const UplinkNode::Record& record) { return !record.downs.empty(); }));
    relay.start();
    REQUIRE(node->wait_up(2));
    relay.drain();
    REQUIRE(node->wait_until([](const UplinkNode::Record& record) {
        return std::any_of(record.downs.begin(), record.downs.end(),
                           [](const std::string& down) { return down.find("drained") != std::string::npos; });
    }));
    relay.stop();
    relay.start();
    CHECK(node->wait_up(3));
}

TEST_CASE("the second relay is used while the first is away", "[link]") {
    TestRelay relay;
    UplinkSettings settings = settings_for(relay);
    settings.relays.insert(settings.relays.begin(), "wss://localhost:" + std::to_string(test::unused_port()) + "/mesh");
    auto node = agent_of(relay);
    REQUIRE_FALSE(node->start(settings));
    REQUIRE(node->wait_up());
    CHECK(node->record().downs.empty());
    CHECK(node->record().last_up->relay == relay.url());
}

TEST_CASE("what answers instead of a relay is quoted", "[link]") {
    TestRelay relay;  // only for its identities
    test::TestOrigin portal(
        std::nullopt, test::TestOrigin::answer_once(
                          "HTTP/1.1 403 Forbidden\r\nContent-Length: 35\r\n\r\n<html><title>Blocked</title></html>"));
    UplinkSettings settings = settings_for(relay);
    settings.relays = {"ws://127.0.0.1:" + std::to_string(portal.port()) + "/mesh"};
    auto node = agent_of(relay);
    REQUIRE_FALSE(node->start(settings));
    CHECK(contains(first_down(*node), "403 Forbidden instead of 101; the page says \"Blocked\""));
}

TEST_CASE("a server that takes the connection and never answers is given up", "[link]") {
    TestRelay relay;
    test::TestOrigin silent(std::nullopt, test::TestOrigin::never_speak());
    UplinkSettings settings = settings_for(relay);
    settings.relays = {"ws://127.0.0.1:" + std::to_string(silent.port()) + "/mesh"};
    settings.handshake_timeout = 200ms;
    auto node = agent_of(relay);
    REQUIRE_FALSE(node->start(settings));
    CHECK(contains(first_down(*node), "nothing came back from the relay within 200ms"));
    CHECK(node->record().down_codes.front() == Code::Timeout);
}
