#include <algorithm>

#include <catch2/catch.hpp>

#include "tests/integration/tunnel_link/relay_nodes.h"
#include "tests/support/loopback.h"

using namespace culvert;
using namespace culvert::test;
using namespace std::chrono_literals;
using tunnel::link::UplinkSettings;
using tunnel::proxy::ProxySettings;
namespace envelope = tunnel::envelope;

TEST_CASE("an agent comes up at a relay and measures the way", "[link]") {
    TestRelay relay;
    auto node = agent_of(relay);
    REQUIRE_FALSE(node->start(settings_for(relay)));
    REQUIRE(node->wait_up());
    const auto info = node->record().last_up;
    CHECK(info->relay == relay.url());
    CHECK(info->route.proxy.empty());
    CHECK(info->route.proxy_chosen_by == "no proxy is configured");
    CHECK(info->rtt > Duration::zero());
    CHECK(info->handshake > info->rtt);
    CHECK(std::chrono::abs(info->clock_difference) < 2s);
}

TEST_CASE("agent and controller see each other and carry data both ways", "[link]") {
    TestRelay relay;
    auto left = agent_of(relay);
    auto right = controller_of(relay);
    REQUIRE_FALSE(right->start(controller_settings(relay)));
    REQUIRE(right->wait_up());
    REQUIRE_FALSE(left->start(settings_for(relay)));
    REQUIRE(left->wait_up());
    REQUIRE(right->wait_until([](const UplinkNode::Record& record) {
        return std::any_of(record.presence.begin(), record.presence.end(),
                           [](const auto& entry) { return entry.name == "fra-1" && entry.online; });
    }));
    CHECK(right->record().whole_lists == 1);

    const Address left_address{left->identity().member().id, 0};
    const Address right_address{right->identity().member().id, 77};
    constexpr int kCount = 500;
    right->on_loop([&] {
        for (int i = 0; i < kCount; ++i)
            CHECK(
                right->uplink().send({envelope::Kind::Data, right_address, left_address, "ping " + std::to_string(i)}));
    });
    REQUIRE(left->wait_until([](const UplinkNode::Record& record) { return record.envelopes.size() == kCount; }));
    for (int i = 0; i < kCount; ++i)
        CHECK(left->record().envelopes[static_cast<std::size_t>(i)].body == "ping " + std::to_string(i));
    CHECK(left->record().envelopes.front().from == right_address);
    REQUIRE(left->send({envelope::Kind::Data, left_address, right_address, std::string(envelope::kLargestBody, 'x')}));
    REQUIRE(right->wait_until([](const UplinkNode::Record& record) { return !record.envelopes.empty(); }));
    CHECK(right->record().envelopes.front().body.size() == envelope::kLargestBody);
}

TEST_CASE("data to a node that is not there comes back as unreachable", "[link]") {
    TestRelay relay;
    auto node = agent_of(relay);
    REQUIRE_FALSE(node->start(settings_for(relay)));
    REQUIRE(node->wait_up());
    Address nobody;
    nobody.node.bytes.fill(9);
    REQUIRE(node->send({envelope::Kind::Data, {node->identity().member().id, 0}, nobody, "x"}));
    REQUIRE(node->wait_until([](const UplinkNode::Record& record) { return !record.envelopes.empty(); }));
    CHECK(node->record().envelopes.front().kind == envelope::Kind::Unreachable);
}

TEST_CASE("a queue that is full says so and tells when there is room", "[link]") {
    TestRelay relay;
    TestProxy proxy;
    UplinkSettings settings = settings_for(relay);
    use_proxy(settings, proxy);
    auto node = agent_of(relay);
    REQUIRE_FALSE(node->start(settings));
    REQUIRE(node->wait_up());
    Address nobody;
    nobody.node.bytes.fill(9);
    const envelope::Envelope large{
        envelope::Kind::Data, {node->identity().member().id, 0}, nobody, std::string(envelope::kLargestBody, 'x')};
    bool overloaded = false;
    node->on_loop([&] {
        for (int i = 0; i < 1000 && !overloaded; ++i) {
            const Status sent = node->uplink().send(large);
            overloaded = !sent && sent.error().code == Code::Overloaded;
        }
    });
    CHECK(overloaded);
    REQUIRE(node->wait_until([](const UplinkNode::Record& record) { return record.writables > 0; }));
    CHECK(node->send(large));
}

TEST_CASE("stop within an event is the last word of an uplink", "[link]") {
    TestRelay relay;
    SECTION("when it comes up") {
        auto node = agent_of(relay);
        node->when_up = [&] { node->uplink().stop(); };
        REQUIRE_FALSE(node->start(settings_for(relay)));
        REQUIRE(node->wait_up());
        CHECK_FALSE(node->info());
        CHECK_FALSE(node->send({envelope::Kind::Data, {}, {}, ""}));
        CHECK(node->record().downs.empty());
    }
    SECTION("when it goes down") {
        UplinkSettings settings = settings_for(relay);
        settings.relays = {"wss://localhost:" + std::to_string(test::unused_port()) + "/mesh"};
        auto node = agent_of(relay);
        node->when_down = [&] { node->uplink().stop(); };
        REQUIRE_FALSE(node->start(settings));
        first_down(*node);
        CHECK(node->record().downs.size() == 1);
    }
}

TEST_CASE("settings that cannot work are refused before anything is dialled", "[link]") {
    TestRelay relay;
    auto node = agent_of(relay);
    UplinkSettings settings = settings_for(relay);
    settings.relays = {};
    CHECK(node->start(settings));
    settings.relays = {"https://relay"};
    CHECK(node->start(settings));
    settings = settings_for(relay);
    settings.extra_ca = {"/nonexistent.pem"};
    CHECK(node->start(settings));
    settings = settings_for(relay);
    settings.pins = {"xyz"};
    CHECK(node->start(settings));
    settings = settings_for(relay);
    settings.proxy.source = ProxySettings::Source::Urls;
    settings.proxy.urls = {"ftp://proxy"};
    CHECK(node->start(settings));
}
