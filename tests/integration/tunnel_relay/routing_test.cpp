// What passes between admitted nodes.
#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include "tests/support/raw_link.h"
#include "tests/support/test_relay.h"
#include "tunnel/envelope/presence.h"

using namespace culvert;
using namespace culvert::test;
using namespace culvert::tunnel::envelope;

namespace {

constexpr std::uint64_t kInstance = 7;

struct Pair {
    explicit Pair(TestRelay& relay)
        : agent_identity(relay.agent("fra-1")),
          controller_identity(relay.controller("laptop")),
          agent(admitted_link(relay.port(), agent_identity)),
          controller(admitted_link(relay.port(), controller_identity, kInstance)) {}

    crypto::Identity agent_identity, controller_identity;
    RawLink agent, controller;
    Address agent_address{agent_identity.member().id, 0};
    Address controller_address{controller_identity.member().id, kInstance};
};

}  // namespace

TEST_CASE("random envelopes in random batches come out identical and in order", "[relay]") {
    TestRelay relay;
    Pair pair(relay);
    CHECK(rc::check([&pair] {
        const bool down = *rc::gen::arbitrary<bool>();
        RawLink& sender = down ? pair.controller : pair.agent;
        RawLink& receiver = down ? pair.agent : pair.controller;
        const Address from = down ? pair.controller_address : pair.agent_address;
        const Address to = down ? pair.agent_address : pair.controller_address;
        std::vector<Envelope> sent;
        std::string batch;
        const auto bodies =
            *rc::gen::container<std::vector<std::string>>(rc::gen::container<std::string>(rc::gen::arbitrary<char>()));
        for (const std::string& body : bodies) {
            sent.push_back({Kind::Data, from, to, body});
            append_to(batch, sent.back());
            if (batch.size() > *rc::gen::inRange<std::size_t>(1, 4000)) sender.send_message(std::exchange(batch, {}));
        }
        if (!batch.empty()) sender.send_message(batch);
        for (const Envelope& envelope : sent) RC_ASSERT(receiver.receive(Kind::Data) == envelope);
    }));
}

TEST_CASE("the largest batch and the largest bodies pass", "[relay]") {
    TestRelay relay;
    Pair pair(relay);
    std::string batch;
    for (char fill = 'a'; fill < 'd'; ++fill)
        append_to(batch, {Kind::Data, pair.agent_address, pair.controller_address, std::string(kLargestBody, fill)});
    REQUIRE(batch.size() <= kLargestBatch);
    pair.agent.send_message(batch);
    for (char fill = 'a'; fill < 'd'; ++fill)
        CHECK(pair.controller.receive(Kind::Data)->body == std::string(kLargestBody, fill));
}

TEST_CASE("a node that is not connected is said to be unreachable", "[relay]") {
    TestRelay relay;
    Pair pair(relay);
    const Address nobody{relay.agent("fra-9").member().id, 0};
    pair.controller.send({Kind::Data, pair.controller_address, nobody, "hello?"});
    const auto answer = pair.controller.receive(Kind::Unreachable);
    REQUIRE(answer.has_value());
    CHECK(answer->from == nobody);
}

TEST_CASE("an echo comes back", "[relay]") {
    TestRelay relay;
    Pair pair(relay);
    pair.agent.send({Kind::Echo, pair.agent_address, {}, "12345678"});
    CHECK(pair.agent.receive(Kind::EchoReply)->body == "12345678");
}

TEST_CASE("the newest link of a node wins", "[relay]") {
    TestRelay relay;
    Pair pair(relay);
    RawLink newer = admitted_link(relay.port(), pair.agent_identity);
    const auto closing = pair.agent.receive(Kind::Closing);
    REQUIRE(closing.has_value());
    CHECK(parse_refusal(closing->body)->reason == Reason::NewerLink);
    CHECK(pair.agent.ended());
    pair.controller.send({Kind::Data, pair.controller_address, pair.agent_address, "to the newer"});
    CHECK(newer.receive(Kind::Data)->body == "to the newer");
}

TEST_CASE("a node that does not read is cut with the reason, the others do not notice", "[relay]") {
    tunnel::relay::RelayLimits limits;
    limits.queue_per_node = 1 << 20;
    TestRelay relay(limits);
    Pair pair(relay);
    RawLink other = admitted_link(relay.port(), relay.agent("fra-2"));
    std::string batch;
    while (batch.size() < kLargestBatch - 9000)
        append_to(batch, {Kind::Data, pair.controller_address, pair.agent_address, std::string(8000, 'x')});
    // Socket buffers take some megabytes first.
    std::optional<Envelope> unreachable;
    for (int i = 0; i < 1000 && relay.counters().links_closed["slow_consumer"] == 0; ++i)
        pair.controller.send_message(batch);
    unreachable = pair.controller.receive(Kind::Unreachable);
    REQUIRE(unreachable.has_value());
    CHECK(unreachable->from == pair.agent_address);
    const auto closing = pair.agent.receive(Kind::Closing);
    REQUIRE(closing.has_value());
    CHECK(parse_refusal(closing->body)->reason == Reason::SlowConsumer);
    CHECK(parse_refusal(closing->body)->retryable);
}

TEST_CASE("controllers hear who comes and goes", "[relay]") {
    TestRelay relay;
    RawLink controller = admitted_link(relay.port(), relay.controller("laptop"), kInstance);
    const auto whole = controller.receive(Kind::Presence);
    REQUIRE(whole.has_value());
    CHECK(parse_presence(whole->body)->restart);
    const auto next_about_agent = [&controller] {
        for (;;) {
            const auto envelope = controller.receive(Kind::Presence);
            REQUIRE(envelope.has_value());
            const auto update = parse_presence(envelope->body);
            REQUIRE(update.has_value());
            for (const Presence& entry : update->entries) {
                if (entry.name == "fra-1") return entry;
            }
        }
    };
    {
        const RawLink agent = admitted_link(relay.port(), relay.agent("fra-1"));
        const Presence came = next_about_agent();
        CHECK(came.online);
        CHECK(came.transport == "websocket");
        CHECK(came.role == Role::Agent);
    }
    CHECK_FALSE(next_about_agent().online);
}

TEST_CASE("a revocation ends the node's link at once and survives a restart", "[relay]") {
    TestRelay relay;
    Pair pair(relay);
    const std::string serials[] = {pair.agent_identity.member().serial};
    const auto crl = relay.ca().revoke({}, serials, SystemClock());
    REQUIRE(crl.has_value());
    pair.controller.send({Kind::Revocations, pair.controller_address, {}, *crl});
    const auto closing = pair.agent.receive(Kind::Closing);
    REQUIRE(closing.has_value());
    CHECK(parse_refusal(closing->body)->reason == Reason::Revoked);
    CHECK(pair.controller.receive(Kind::Revocations)->body == *crl);

    relay.stop();
    relay.start();
    RawLink again(relay.port());
    REQUIRE(again.upgrade() == 101);
    const Envelope refused = again.say_hello(pair.agent_identity);
    REQUIRE(refused.kind == Kind::Refused);
    CHECK(parse_refusal(refused.body)->reason == Reason::Revoked);
    RawLink good = admitted_link(relay.port(), relay.agent("fra-2"));
    CHECK(good.receive(Kind::Revocations)->body == *crl);
}
