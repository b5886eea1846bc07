#include <algorithm>

#include <catch2/catch.hpp>

#include "tests/integration/tunnel_link/node.h"
#include "tests/support/files.h"
#include "tests/support/loopback.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/test_origin.h"
#include "tests/support/test_proxy.h"
#include "tests/support/test_relay.h"

using namespace culvert;
using namespace std::chrono_literals;
using test::TestProxy;
using test::TestRelay;
using test::UplinkNode;
using tunnel::link::UplinkSettings;
using tunnel::proxy::ProxySettings;
namespace envelope = tunnel::envelope;

namespace {

UplinkSettings settings_for(const TestRelay& relay) {
    UplinkSettings settings;
    settings.relays = {relay.url()};
    settings.pins = {relay.web_pin()};
    settings.environment = [](const std::string&) { return std::nullopt; };
    settings.connect_timeout = 3s;
    settings.handshake_timeout = 3s;
    return settings;
}

void use_proxy(UplinkSettings& settings, const TestProxy& proxy, const std::string& user = "",
               const std::string& password = "") {
    settings.proxy.source = ProxySettings::Source::Urls;
    settings.proxy.urls.push_back(proxy.url());
    settings.proxy.username = user;
    if (!user.empty()) settings.proxy.read_password = [password]() -> Result<Secret> { return Secret(password); };
}

crypto::MeshTrust trust_of(const TestRelay& relay) {
    static const SystemClock clock;
    auto trust = crypto::MeshTrust::from_pem(relay.ca().certificate_pem(), "acme", clock);
    REQUIRE(trust);
    return *trust;
}

std::unique_ptr<UplinkNode> agent(const TestRelay& relay, const std::string& name = "fra-1") {
    return std::make_unique<UplinkNode>(relay.agent(name), trust_of(relay));
}

std::unique_ptr<UplinkNode> controller(const TestRelay& relay) {
    return std::make_unique<UplinkNode>(relay.controller("ops"), trust_of(relay));
}

UplinkSettings controller_settings(const TestRelay& relay) {
    UplinkSettings settings = settings_for(relay);
    settings.role = Role::Controller;
    settings.instance = 77;
    settings.enrols = true;
    return settings;
}

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

// The first thing said after start(), if it was a failure.
std::string first_down(UplinkNode& node) {
    REQUIRE(node.wait_until([](const UplinkNode::Record& record) { return !record.downs.empty(); }));
    return node.record().downs.front();
}

}  // namespace

TEST_CASE("an agent comes up at a relay and measures the way", "[link]") {
    TestRelay relay;
    auto node = agent(relay);
    REQUIRE_FALSE(node->start(settings_for(relay)));
    REQUIRE(node->wait_up());
    const auto info = node->record().last_up;
    CHECK(info->relay == relay.url());
    CHECK(info->route.proxy.empty());
    CHECK(info->route.proxy_chosen_by == "no proxy is configured");
    CHECK(info->rtt > Duration::zero());
    CHECK(std::chrono::abs(info->clock_difference) < 2s);
}

TEST_CASE("agent and controller see each other and carry data both ways", "[link]") {
    TestRelay relay;
    auto left = agent(relay);
    auto right = controller(relay);
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
    auto node = agent(relay);
    REQUIRE_FALSE(node->start(settings_for(relay)));
    REQUIRE(node->wait_up());
    Address nobody;
    nobody.node.bytes.fill(9);
    REQUIRE(node->send({envelope::Kind::Data, {node->identity().member().id, 0}, nobody, "x"}));
    REQUIRE(node->wait_until([](const UplinkNode::Record& record) { return !record.envelopes.empty(); }));
    CHECK(node->record().envelopes.front().kind == envelope::Kind::Unreachable);
}

TEST_CASE("through a proxy: without, and with a password, the route says so", "[link]") {
    TestRelay relay;
    TestProxy::Rules rules;
    SECTION("that lets everybody pass") {}
    SECTION("that wants Basic") {
        rules.username = "alice";
        rules.password = "right";
    }
    TestProxy proxy(rules);
    UplinkSettings settings = settings_for(relay);
    use_proxy(settings, proxy, rules.username, rules.password);
    settings.proxy.direct_never = true;
    auto node = agent(relay);
    REQUIRE_FALSE(node->start(settings));
    REQUIRE(node->wait_up());
    CHECK(node->record().last_up->route.proxy == proxy.url());
    CHECK(node->record().last_up->route.proxy_auth == (rules.username.empty() ? "" : "Basic"));
    CHECK(node->record().last_up->route.proxy_chosen_by == "tunnel.proxy.urls[0]");
    CHECK(proxy.counts().tunnels == 1);
}

TEST_CASE("a wrong proxy password is shown once however often the uplink tries", "[link]") {
    TestRelay relay;
    TestProxy::Rules rules;
    rules.username = "alice";
    rules.password = "right";
    TestProxy proxy(rules);
    UplinkSettings settings = settings_for(relay);
    use_proxy(settings, proxy, "alice", "wrong");
    auto node = agent(relay);
    REQUIRE_FALSE(node->start(settings));
    REQUIRE(node->wait_until([](const UplinkNode::Record& record) { return record.downs.size() >= 4; }));
    CHECK(proxy.counts().rejected == 1);
    for (const std::string& down : node->record().downs) CHECK(contains(down, "rejected the password of user alice"));
    CHECK_FALSE(node->record().down_for_good);
    // The password is mended while the node runs.
    proxy.set_rules({});
    CHECK(node->wait_up());
}

TEST_CASE("a proxy's refusal is told with its status", "[link]") {
    TestRelay relay;
    for (const int status : {403, 502}) {
        TestProxy::Rules rules;
        rules.refuse_with = status;
        TestProxy proxy(rules);
        UplinkSettings settings = settings_for(relay);
        use_proxy(settings, proxy);
        auto node = agent(relay);
        REQUIRE_FALSE(node->start(settings));
        CHECK(contains(first_down(*node), std::to_string(status)));
    }
}

TEST_CASE("a dead proxy is followed by the next one", "[link]") {
    TestRelay relay;
    TestProxy proxy;
    UplinkSettings settings = settings_for(relay);
    use_proxy(settings, proxy);
    settings.proxy.urls.insert(settings.proxy.urls.begin(), "http://127.0.0.1:" + std::to_string(test::unused_port()));
    auto node = agent(relay);
    REQUIRE_FALSE(node->start(settings));
    REQUIRE(node->wait_up());
    CHECK(node->record().downs.empty());
    CHECK(node->record().last_up->route.proxy_chosen_by == "tunnel.proxy.urls[1]");
}

TEST_CASE("no_proxy leads past the proxy, unless direct is never", "[link]") {
    TestRelay relay;
    TestProxy proxy;
    UplinkSettings settings = settings_for(relay);
    use_proxy(settings, proxy);
    settings.proxy.no_proxy = {"localhost"};
    auto node = agent(relay);
    REQUIRE_FALSE(node->start(settings));
    REQUIRE(node->wait_up());
    CHECK(proxy.counts().connections == 0);
    CHECK(node->record().last_up->route.proxy_chosen_by == "tunnel.proxy.no_proxy localhost");

    settings.proxy.direct_never = true;
    auto strict = agent(relay, "fra-2");
    const auto refused = strict->start(settings);
    REQUIRE(refused);
    CHECK(refused->code == Code::InvalidInput);
    CHECK(contains(refused->message, "tunnel.proxy.direct is never"));
}

TEST_CASE("a relay whose web certificate is not trusted, or not the pinned one, is not spoken to", "[link]") {
    TestRelay relay;
    UplinkSettings settings = settings_for(relay);
    settings.pins.clear();
    auto node = agent(relay);
    REQUIRE_FALSE(node->start(settings));
    CHECK(contains(first_down(*node), "unknown issuer"));

    settings.pins = {std::string(64, 'a')};
    auto pinned = agent(relay);
    REQUIRE_FALSE(pinned->start(settings));
    CHECK(contains(first_down(*pinned), "another certificate than the pinned one"));

    settings.pins.clear();
    settings.extra_ca = {relay.certificate_file()};
    auto trusting = agent(relay);
    REQUIRE_FALSE(trusting->start(settings));
    CHECK(trusting->wait_up());
}

TEST_CASE("a link that is cut comes back, and data flows again", "[link]") {
    TestRelay relay;
    TestProxy proxy;
    UplinkSettings settings = settings_for(relay);
    use_proxy(settings, proxy);
    auto left = agent(relay);
    auto right = controller(relay);
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
    auto node = agent(relay);
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
    auto node = agent(relay);
    REQUIRE_FALSE(node->start(settings));
    REQUIRE(node->wait_up());
    CHECK(node->record().downs.empty());
    CHECK(node->record().last_up->relay == relay.url());
}

TEST_CASE("a node that is refused for good stops trying and says how to mend it", "[link]") {
    TestRelay relay, other;
    SECTION("a certificate of another CA") {
        UplinkNode node(other.agent("fra-1"), trust_of(other));
        REQUIRE_FALSE(node.start(settings_for(relay)));
        CHECK(contains(first_down(node), "foreign_ca"));
        CHECK(node.record().down_for_good);
    }
    SECTION("an agent's certificate in a controller's place") {
        UplinkNode node(relay.agent("fra-1"), trust_of(relay));
        REQUIRE_FALSE(node.start(controller_settings(relay)));
        CHECK(contains(first_down(node), "wrong_role"));
        CHECK(node.record().down_for_good);
    }
    SECTION("the same identity elsewhere") {
        const crypto::Identity identity = relay.agent("fra-1");
        UplinkNode first(identity, trust_of(relay)), second(identity, trust_of(relay));
        REQUIRE_FALSE(first.start(settings_for(relay)));
        REQUIRE(first.wait_up());
        REQUIRE_FALSE(second.start(settings_for(relay)));
        REQUIRE(second.wait_up());
        CHECK(contains(first_down(first), "newer_link"));
        CHECK(first.record().down_for_good);
    }
}

TEST_CASE("revocations reach the node's trust, and a revoked node is out for good", "[link]") {
    TestRelay relay;
    auto witness = agent(relay, "fra-1");
    auto victim = agent(relay, "fra-2");
    auto signer = controller(relay);
    REQUIRE_FALSE(witness->start(settings_for(relay)));
    REQUIRE_FALSE(victim->start(settings_for(relay)));
    REQUIRE_FALSE(signer->start(controller_settings(relay)));
    REQUIRE(witness->wait_up());
    REQUIRE(victim->wait_up());
    REQUIRE(signer->wait_up());
    const std::string serials[] = {victim->identity().member().serial};
    const auto crl = relay.ca().revoke("", serials, SystemClock());
    REQUIRE(crl);
    REQUIRE(signer->send({envelope::Kind::Revocations, {signer->identity().member().id, 77}, {}, *crl}));
    REQUIRE(victim->wait_until([](const UplinkNode::Record& record) { return record.down_for_good; }));
    CHECK(contains(victim->record().downs.back(), "revoked"));
    REQUIRE(witness->wait_until([](const UplinkNode::Record& record) {
        return std::any_of(record.envelopes.begin(), record.envelopes.end(),
                           [](const auto& seen) { return seen.kind == envelope::Kind::Revocations; });
    }));
}

TEST_CASE("a node without a certificate sends its join and gets the reply of a controller that enrols", "[link]") {
    TestRelay relay;
    UplinkNode pending(std::nullopt, std::nullopt);
    REQUIRE_FALSE(pending.start(settings_for(relay)));
    REQUIRE(pending.wait_up());
    REQUIRE(pending.send({envelope::Kind::Join, {}, {}, "let me in"}));
    REQUIRE(pending.wait_until([](const UplinkNode::Record& record) { return !record.envelopes.empty(); }));
    CHECK(pending.record().envelopes.front().kind == envelope::Kind::JoinState);
    auto signer = controller(relay);
    REQUIRE_FALSE(signer->start(controller_settings(relay)));
    REQUIRE(signer->wait_until([](const UplinkNode::Record& record) { return !record.envelopes.empty(); }));
    const envelope::Envelope join = signer->record().envelopes.front();
    CHECK(join.kind == envelope::Kind::Join);
    CHECK(join.body == "let me in");
    REQUIRE(signer->send({envelope::Kind::JoinReply, {signer->identity().member().id, 77}, join.from, "welcome"}));
    REQUIRE(pending.wait_until(
        [](const UplinkNode::Record& record) { return record.envelopes.back().kind == envelope::Kind::JoinReply; }));
    CHECK(pending.record().envelopes.back().body == "welcome");
}

TEST_CASE("what answers instead of a relay is quoted", "[link]") {
    TestRelay relay;  // only for its identities
    test::TestOrigin portal(
        std::nullopt, test::TestOrigin::answer_once(
                          "HTTP/1.1 403 Forbidden\r\nContent-Length: 35\r\n\r\n<html><title>Blocked</title></html>"));
    UplinkSettings settings = settings_for(relay);
    settings.relays = {"ws://127.0.0.1:" + std::to_string(portal.port()) + "/mesh"};
    auto node = agent(relay);
    REQUIRE_FALSE(node->start(settings));
    CHECK(contains(first_down(*node), "403 Forbidden instead of 101; the page says \"Blocked\""));
}

TEST_CASE("a server that takes the connection and never answers is given up", "[link]") {
    TestRelay relay;
    test::TestOrigin silent(std::nullopt, test::TestOrigin::never_speak());
    UplinkSettings settings = settings_for(relay);
    settings.relays = {"ws://127.0.0.1:" + std::to_string(silent.port()) + "/mesh"};
    settings.handshake_timeout = 200ms;
    auto node = agent(relay);
    REQUIRE_FALSE(node->start(settings));
    CHECK(contains(first_down(*node), "nothing came back from the relay within 200ms"));
    CHECK(node->record().down_codes.front() == Code::Timeout);
}

TEST_CASE("a queue that is full says so and tells when there is room", "[link]") {
    TestRelay relay;
    TestProxy proxy;
    UplinkSettings settings = settings_for(relay);
    use_proxy(settings, proxy);
    auto node = agent(relay);
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
        auto node = agent(relay);
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
        auto node = agent(relay);
        node->when_down = [&] { node->uplink().stop(); };
        REQUIRE_FALSE(node->start(settings));
        first_down(*node);
        CHECK(node->record().downs.size() == 1);
    }
}

TEST_CASE("settings that cannot work are refused before anything is dialled", "[link]") {
    TestRelay relay;
    auto node = agent(relay);
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
