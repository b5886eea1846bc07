// Who believes whom: the web certificate of a relay, the identity of a node, revocations and joins.
#include <algorithm>

#include <catch2/catch.hpp>

#include "tests/integration/tunnel_link/relay_nodes.h"

using namespace culvert;
using namespace culvert::test;
using tunnel::link::UplinkSettings;
namespace envelope = tunnel::envelope;

TEST_CASE("a relay whose web certificate is not trusted, or not the pinned one, is not spoken to", "[link]") {
    TestRelay relay;
    UplinkSettings settings = settings_for(relay);
    settings.pins.clear();
    auto node = agent_of(relay);
    REQUIRE_FALSE(node->start(settings));
    CHECK(contains(first_down(*node), "unknown issuer"));

    settings.pins = {std::string(64, 'a')};
    auto pinned = agent_of(relay);
    REQUIRE_FALSE(pinned->start(settings));
    CHECK(contains(first_down(*pinned), "another certificate than the pinned one"));

    settings.pins.clear();
    settings.extra_ca = {relay.certificate_file()};
    auto trusting = agent_of(relay);
    REQUIRE_FALSE(trusting->start(settings));
    CHECK(trusting->wait_up());
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
    auto witness = agent_of(relay, "fra-1");
    auto victim = agent_of(relay, "fra-2");
    auto signer = controller_of(relay);
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
    auto signer = controller_of(relay);
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
