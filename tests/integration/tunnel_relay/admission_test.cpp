// Who comes in: real certificates over real TLS.
#include <catch2/catch.hpp>

#include "tests/support/raw_link.h"
#include "tests/support/test_relay.h"

using namespace culvert;
using namespace culvert::test;
using namespace culvert::tunnel::envelope;
using Catch::Matchers::Contains;

namespace {

RawLink upgraded(const TestRelay& relay) {
    RawLink link(relay.port());
    REQUIRE(link.upgrade() == 101);
    return link;
}

Refusal refusal_of(const Envelope& envelope) {
    REQUIRE(envelope.kind == Kind::Refused);
    const auto refusal = parse_refusal(envelope.body);
    REQUIRE(refusal.has_value());
    return *refusal;
}

}  // namespace

TEST_CASE("a node of the mesh is admitted under its certificate's name", "[relay]") {
    const TestRelay relay;
    RawLink link = upgraded(relay);
    const auto identity = relay.agent("fra-1");
    const Envelope answer = link.say_hello(identity);
    REQUIRE(answer.kind == Kind::Admitted);
    const auto admitted = parse_admitted(answer.body);
    REQUIRE(admitted.has_value());
    CHECK(admitted->name == "fra-1");
    CHECK(admitted->id == identity.member().id);
    CHECK(admitted->heartbeat == std::chrono::seconds(25));
}

TEST_CASE("a node of another mesh, and of another CA of the same name, is refused", "[relay]") {
    const TestRelay relay;
    const TestRelay same_name;
    RawLink link = upgraded(relay);
    const auto refusal = refusal_of(link.say_hello(same_name.agent("fra-1")));
    CHECK(refusal.reason == Reason::ForeignCa);
    CHECK_FALSE(refusal.retryable);
    CHECK_THAT(refusal.text, Contains("acme"));
    CHECK(link.ended());
}

TEST_CASE("an agent that poses as a controller is refused", "[relay]") {
    const TestRelay relay;
    RawLink link = upgraded(relay);
    const auto identity = relay.agent("fra-1");
    const auto challenge = link.take_challenge();
    Hello hello = link.signed_hello(identity, challenge, 5, true);
    hello.role = Role::Controller;
    hello.signature = identity.sign(signed_text(challenge, Role::Controller, 5)).value();
    link.send({Kind::Hello, {}, {}, encode(hello)});
    CHECK(refusal_of(*link.receive()).reason == Reason::WrongRole);
}

TEST_CASE("a Hello that was signed for another relay, another mesh or another link is refused", "[relay]") {
    const TestRelay relay;
    const auto identity = relay.agent("fra-1");
    const auto answer_to = [&relay, &identity](const std::function<void(Challenge&)>& change) {
        RawLink link = upgraded(relay);
        Challenge challenge = link.take_challenge();
        change(challenge);
        link.send({Kind::Hello, {}, {}, encode(link.signed_hello(identity, challenge))});
        return refusal_of(*link.receive()).reason;
    };
    CHECK(answer_to([](Challenge& c) { c.relay_url = "wss://evil.example/mesh"; }) == Reason::BadSignature);
    CHECK(answer_to([](Challenge& c) { c.mesh = "beta"; }) == Reason::BadSignature);
    CHECK(answer_to([](Challenge& c) { c.nonce[0] ^= 1; }) == Reason::BadSignature);
    CHECK(answer_to([](Challenge& c) { c.protocol = 2; }) == Reason::BadSignature);
}

TEST_CASE("a certificate without its key does not open the door", "[relay]") {
    const TestRelay relay;
    const auto victim = relay.agent("fra-1");
    const auto thief = relay.agent("fra-2");
    RawLink link = upgraded(relay);
    Hello hello = link.signed_hello(thief, link.take_challenge());
    hello.certificate_der = victim.certificate_der();
    link.send({Kind::Hello, {}, {}, encode(hello)});
    CHECK(refusal_of(*link.receive()).reason == Reason::BadSignature);
}

TEST_CASE("a certificate that is not valid yet is a matter of clocks", "[relay]") {
    const TestRelay relay;
    RawLink link = upgraded(relay);
    const auto refusal = refusal_of(link.say_hello(relay.node("early", Role::Agent, -std::chrono::hours(1))));
    CHECK(refusal.reason == Reason::ClockWrong);
    CHECK(refusal.retryable);
    CHECK_THAT(refusal.text, Contains("clock"));
}

TEST_CASE("the challenge carries the relay's clock, so that a node can find its own one wrong first", "[relay]") {
    const TestRelay relay;
    RawLink link = upgraded(relay);
    const auto challenge = link.take_challenge();
    CHECK(std::chrono::abs(challenge.relay_time - SystemClock().wall_now()) < std::chrono::seconds(30));
}

TEST_CASE("an expired certificate is refused as expired", "[relay]") {
    const TestRelay relay;
    RawLink link = upgraded(relay);
    const auto refusal = refusal_of(link.say_hello(relay.node("old", Role::Agent, std::chrono::hours(24 * 91))));
    CHECK(refusal.reason == Reason::Expired);
    CHECK_THAT(refusal.text, Contains("expired"));
}

TEST_CASE("a link that says nothing is refused after the handshake timeout", "[relay]") {
    tunnel::relay::RelayLimits limits;
    limits.handshake_timeout = std::chrono::milliseconds(500);
    const TestRelay relay(limits);
    RawLink link = upgraded(relay);
    link.take_challenge();
    CHECK(refusal_of(*link.receive()).reason == Reason::Timeout);
    CHECK(link.ended());
}

TEST_CASE("text, noise and messages that are too long end the link", "[relay]") {
    const TestRelay relay;
    RawLink text = upgraded(relay);
    text.send_message("hello", false);
    CHECK(text.ended());
    RawLink noise = upgraded(relay);
    noise.send_message(std::string(1000, '\x7f'));
    CHECK(refusal_of(*noise.receive(Kind::Refused)).reason == Reason::Protocol);
    RawLink flood = upgraded(relay);
    flood.send_message(std::string(kLargestBatch + 1, 'x'));
    CHECK(flood.ended());
}

TEST_CASE("the links of one relay are limited", "[relay]") {
    tunnel::relay::RelayLimits limits;
    limits.links = 1;
    const TestRelay relay(limits);
    const RawLink first = admitted_link(relay.port(), relay.agent("fra-1"));
    RawLink second = upgraded(relay);
    const auto refusal = refusal_of(second.say_hello(relay.agent("fra-2")));
    CHECK(refusal.reason == Reason::Busy);
    CHECK(refusal.retryable);
}

TEST_CASE("a newcomer joins through the relay without a certificate", "[relay]") {
    const TestRelay relay;
    RawLink newcomer = upgraded(relay);
    newcomer.send({Kind::Join, {}, {}, "a request that only a controller understands"});
    auto state = newcomer.receive(Kind::JoinState);
    REQUIRE(state.has_value());
    CHECK_THAT(parse_join_state(state->body)->text, Contains("no controller with the mesh CA is connected"));

    const auto identity = relay.controller("laptop");
    RawLink controller = admitted_link(relay.port(), identity, 42, true);
    const auto join = controller.receive(Kind::Join);
    REQUIRE(join.has_value());
    CHECK(join->body == "a request that only a controller understands");
    controller.send({Kind::JoinReply, {identity.member().id, 42}, join->from, "a certificate"});
    const auto reply = newcomer.receive(Kind::JoinReply);
    REQUIRE(reply.has_value());
    CHECK(reply->body == "a certificate");
}
