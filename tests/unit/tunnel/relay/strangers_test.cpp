// What the switchboard does about strangers, floods, and certificates that end or are revoked.
#include <algorithm>

#include <catch2/catch.hpp>

#include "tests/unit/tunnel/relay/switchboard_mesh.h"

using namespace culvert;
using namespace culvert::tunnel;
using namespace culvert::tunnel::relay;
using envelope::Envelope;
using envelope::Reason;

TEST_CASE("an agent that floods a controller is cut, and not the controller", "[relay]") {
    RelayLimits limits;
    limits.queue_per_node = 100'000;
    Mesh mesh(limits);
    const LinkId flooder = mesh.admit("fra-1");
    const LinkId honest = mesh.admit("fra-2");
    const LinkId controller = mesh.admit("laptop", 1);
    const std::string body(16'000, 'x');
    mesh.tell(honest, Kind::Data, body, mesh.address("fra-2"), mesh.address("laptop", 1));
    for (int i = 0; i < 7; ++i) mesh.tell(flooder, Kind::Data, body, mesh.address("fra-1"), mesh.address("laptop", 1));
    const auto refusal = mesh.refusal(flooder, Kind::Closing);
    CHECK(refusal.reason == Reason::Busy);
    CHECK(refusal.retryable);
    const auto received = mesh.transport.receive(controller);
    CHECK(std::count_if(received.begin(), received.end(), [](const Envelope& e) { return e.kind == Kind::Data; }) == 6);
    CHECK(mesh.switchboard.counters().controllers == 1);
    // Any amount passes as long as the controller reads.
    for (int i = 0; i < 100; ++i) {
        mesh.tell(honest, Kind::Data, body, mesh.address("fra-2"), mesh.address("laptop", 1));
        mesh.transport.receive(controller);
    }
    CHECK(mesh.switchboard.counters().agents == 1);
}

TEST_CASE("a node whose certificate ended while it was connected may come again with a newer one", "[relay]") {
    Mesh mesh;
    const LinkId agent = mesh.admit("fra-1");
    mesh.clock.now += std::chrono::hours(25);
    mesh.switchboard.close_expired();
    CHECK(mesh.refusal(agent, Kind::Closing).retryable);
    mesh.trust.members["fra-1"].not_after += std::chrono::hours(48);
    mesh.admit("fra-1");
    mesh.switchboard.close_expired();
    CHECK(mesh.switchboard.counters().agents == 1);
}

TEST_CASE("a revoked controller is cut, and refused when it comes again", "[relay]") {
    Mesh mesh;
    const LinkId revoked = mesh.admit("laptop", 7);
    const LinkId other = mesh.admit("ci", 8);
    mesh.tell(other, Kind::Revocations, "crl\n5e3\n", mesh.address("ci", 8));
    CHECK(mesh.refusal(revoked, Kind::Closing).reason == Reason::Revoked);
    CHECK(mesh.switchboard.counters().controllers == 1);
    const LinkId again = mesh.connect();
    mesh.tell(again, Kind::Hello, encode(mesh.hello(again, "laptop", 9, false)));
    const auto refusal = mesh.refusal(again, Kind::Refused);
    CHECK(refusal.reason == Reason::Revoked);
    CHECK_FALSE(refusal.retryable);
}

TEST_CASE("a node that was away gets the revocations before anything that somebody says to it", "[relay]") {
    Mesh mesh;
    const LinkId controller = mesh.admit("ci", 8);
    mesh.tell(controller, Kind::Revocations, "crl\n5e3\n", mesh.address("ci", 8));
    const LinkId agent = mesh.connect();
    mesh.tell(agent, Kind::Hello, encode(mesh.hello(agent, "fra-1", 0, false)));
    mesh.tell(controller, Kind::Data, "hello", mesh.address("ci", 8), mesh.address("fra-1"));
    const auto received = mesh.transport.receive(agent);
    REQUIRE(received.size() == 3);
    CHECK(received[0].kind == Kind::Admitted);
    CHECK(received[1].kind == Kind::Revocations);
    CHECK(received[2].kind == Kind::Data);
}

TEST_CASE("a join that had its answer, or was worth none, makes room for another", "[relay]") {
    RelayLimits limits;
    limits.pending_joins = 2;
    Mesh mesh(limits);
    const LinkId signer = mesh.admit("laptop", 1, true);
    const LinkId noise = mesh.connect();
    mesh.tell(noise, Kind::Join, "noise");
    const LinkId answered = mesh.connect();
    mesh.tell(answered, Kind::Join, "request");
    const auto joins = mesh.transport.receive(signer);
    REQUIRE(joins.size() == 2);
    mesh.tell(signer, Kind::JoinReply, "no", mesh.address("laptop", 1), joins[1].from);
    const LinkId third = mesh.connect();
    mesh.tell(third, Kind::Join, "request");
    CHECK(mesh.refusal(answered, Kind::Refused).reason == Reason::Timeout);
    CHECK(mesh.switchboard.counters().pending == 2);

    const LinkId fourth = mesh.connect();
    mesh.tell(fourth, Kind::Join, "request");
    CHECK(mesh.refusal(fourth, Kind::Refused).reason == Reason::PendingFull);
    mesh.clock.now += std::chrono::seconds(31);
    const LinkId fifth = mesh.connect();
    mesh.tell(fifth, Kind::Join, "request");
    CHECK(mesh.refusal(noise, Kind::Refused).retryable);
    CHECK(mesh.switchboard.counters().pending == 2);
}

TEST_CASE("joins of strangers never cut the controller that signs them", "[relay]") {
    RelayLimits limits;
    limits.queue_per_node = 256 << 10;
    Mesh mesh(limits);
    const LinkId signer = mesh.admit("laptop", 1, true);
    std::size_t asked = 0;
    for (; asked < 60; ++asked) {
        const LinkId newcomer = mesh.connect();
        mesh.tell(newcomer, Kind::Join, std::string(envelope::kLargestBody, 'j'));
    }
    std::size_t arrived = 0;
    for (int second = 0; second < 30; ++second) {
        for (const Envelope& envelope : mesh.transport.receive(signer)) arrived += envelope.kind == Kind::Join ? 1 : 0;
        mesh.clock.now += std::chrono::seconds(1);
        mesh.switchboard.sweep();
    }
    CHECK(arrived == asked);
    CHECK(mesh.switchboard.counters().controllers == 1);
}

TEST_CASE("a link without a certificate cannot make the relay keep much for it", "[relay]") {
    Mesh mesh;
    const LinkId newcomer = mesh.connect();
    mesh.tell(newcomer, Kind::Join, "request");
    for (int i = 0; i < 100; ++i) mesh.tell(newcomer, Kind::Echo, std::string(envelope::kLargestBody, 'e'));
    CHECK(mesh.switchboard.counters().queue_bytes <= (64 << 10));
    CHECK(mesh.switchboard.largest_message(newcomer) == envelope::kHeaderSize + envelope::kLargestBody);
    CHECK(mesh.switchboard.largest_message(mesh.admit("fra-1")) == envelope::kLargestBatch);
}

TEST_CASE("a controller's renewal goes to the one that signs, and the reply comes back", "[relay]") {
    Mesh mesh;
    const LinkId asker = mesh.admit("ci", 5);
    mesh.tell(asker, Kind::Join, "R", mesh.address("ci", 5));
    CHECK(mesh.transport.receive(asker).at(0).kind == Kind::JoinState);
    const LinkId signer = mesh.admit("laptop", 1, true);
    mesh.tell(asker, Kind::Join, "R", mesh.address("ci", 5));
    const auto asked = mesh.transport.receive(signer);
    REQUIRE(asked.size() == 1);
    CHECK(asked[0].kind == Kind::Join);
    CHECK(asked[0].from == mesh.address("ci", 5));
    mesh.tell(signer, Kind::JoinReply, "granted", mesh.address("laptop", 1), asked[0].from);
    CHECK(mesh.transport.receive(asker).at(0).body == "granted");

    const LinkId agent = mesh.admit("fra-1");
    mesh.tell(agent, Kind::Join, "R", mesh.address("fra-1"));
    CHECK(mesh.refusal(agent, Kind::Closing).reason == Reason::Protocol);
}
