// Who is let in at a switchboard, and what is said to those who are not.
#include <catch2/catch.hpp>

#include "tests/unit/tunnel/relay/switchboard_mesh.h"

using namespace culvert;
using namespace culvert::tunnel;
using namespace culvert::tunnel::relay;
using envelope::Reason;

TEST_CASE("a member that signs its challenge is admitted under the name in its certificate", "[relay]") {
    Mesh mesh;
    const LinkId link = mesh.connect();
    CHECK(mesh.challenges[link].mesh == "acme");
    CHECK(mesh.challenges[link].relay_url == "wss://relay.test/mesh");
    mesh.tell(link, Kind::Hello, encode(mesh.hello(link, "fra-1", 0, false)));
    const auto received = mesh.transport.receive(link);
    REQUIRE(received.size() == 1);
    const auto admitted = envelope::parse_admitted(received[0].body);
    REQUIRE(admitted.has_value());
    CHECK(admitted->name == "fra-1");
    CHECK(admitted->id == mesh.address("fra-1").node);
    CHECK(mesh.switchboard.counters().agents == 1);
}

TEST_CASE("every link gets another nonce", "[relay]") {
    Mesh mesh;
    const LinkId first = mesh.connect();
    const LinkId second = mesh.connect();
    CHECK(mesh.challenges[first].nonce != mesh.challenges[second].nonce);
}

TEST_CASE("a signature over another link's challenge is refused", "[relay]") {
    Mesh mesh;
    const LinkId first = mesh.connect();
    const LinkId second = mesh.connect();
    mesh.tell(second, Kind::Hello, encode(mesh.hello(first, "fra-1", 0, false)));
    CHECK(mesh.refusal(second, Kind::Refused).reason == Reason::BadSignature);
}

TEST_CASE("a stranger is refused with the reason that verification gave", "[relay]") {
    Mesh mesh;
    const LinkId link = mesh.connect();
    mesh.tell(link, Kind::Hello, encode(mesh.hello(link, "stranger", 0, false)));
    const auto refusal = mesh.refusal(link, Kind::Refused);
    CHECK(refusal.reason == Reason::ForeignCa);
    CHECK_FALSE(refusal.retryable);
    CHECK(mesh.switchboard.counters().admission_failures.at("foreign_ca") == 1);
}

TEST_CASE("an agent that poses as a controller is refused", "[relay]") {
    Mesh mesh;
    const LinkId link = mesh.connect();
    auto hello = mesh.hello(link, "fra-1", 0, true);
    hello.role = Role::Controller;
    hello.signature = envelope::signed_text(mesh.challenges[link], Role::Controller, 0);
    mesh.tell(link, Kind::Hello, encode(hello));
    CHECK(mesh.refusal(link, Kind::Refused).reason == Reason::WrongRole);
}

TEST_CASE("an agent that claims an instance or the right to sign is refused", "[relay]") {
    Mesh mesh;
    const LinkId first = mesh.connect();
    mesh.tell(first, Kind::Hello, encode(mesh.hello(first, "fra-1", 7, false)));
    CHECK(mesh.refusal(first, Kind::Refused).reason == Reason::Protocol);
    const LinkId second = mesh.connect();
    mesh.tell(second, Kind::Hello, encode(mesh.hello(second, "fra-1", 0, true)));
    CHECK(mesh.refusal(second, Kind::Refused).reason == Reason::Protocol);
}

TEST_CASE("anything but Hello or Join before admission ends the link", "[relay]") {
    Mesh mesh;
    for (const Kind kind :
         {Kind::Data, Kind::Echo, Kind::JoinReply, Kind::Revocations, Kind::Admitted, Kind::Presence}) {
        const LinkId link = mesh.connect();
        mesh.tell(link, kind);
        CHECK(mesh.refusal(link, Kind::Refused).reason == Reason::Protocol);
    }
}

TEST_CASE("noise ends the link, empty messages too", "[relay]") {
    Mesh mesh;
    const LinkId first = mesh.admit("fra-1");
    mesh.switchboard.on_message(first, "this is no envelope");
    CHECK(mesh.refusal(first, Kind::Closing).reason == Reason::Protocol);
    const LinkId second = mesh.admit("fra-1");
    mesh.switchboard.on_message(second, "");
    CHECK(mesh.refusal(second, Kind::Closing).reason == Reason::Protocol);
}

TEST_CASE("a link that says nothing is refused after the handshake timeout", "[relay]") {
    Mesh mesh;
    const LinkId silent = mesh.connect();
    mesh.clock.now += RelayLimits{}.handshake_timeout - std::chrono::seconds(1);
    mesh.switchboard.sweep();
    CHECK(mesh.transport.receive(silent).empty());
    mesh.clock.now += std::chrono::seconds(1);
    mesh.switchboard.sweep();
    CHECK(mesh.refusal(silent, Kind::Refused).reason == Reason::Timeout);
}

TEST_CASE("links over the limit are refused for now, a reconnect of a known node is not", "[relay]") {
    RelayLimits limits;
    limits.links = 1;
    Mesh mesh(limits);
    mesh.admit("fra-1");
    const LinkId other = mesh.connect();
    mesh.tell(other, Kind::Hello, encode(mesh.hello(other, "fra-2", 0, false)));
    const auto refusal = mesh.refusal(other, Kind::Refused);
    CHECK(refusal.reason == Reason::Busy);
    CHECK(refusal.retryable);
    mesh.admit("fra-1");
}

TEST_CASE("a member that only probes hears what admission says, gets its echoes, and is no node of the mesh",
          "[relay]") {
    Mesh mesh;
    const LinkId standing = mesh.connect();
    mesh.tell(standing, Kind::Hello, encode(mesh.hello(standing, "fra-1", 0, false)));
    mesh.transport.receive(standing);
    const LinkId probe = mesh.connect();
    auto hello = mesh.hello(probe, "fra-1", 0, false);
    hello.probe = true;
    mesh.tell(probe, Kind::Hello, encode(hello));
    CHECK(mesh.transport.receive(probe).at(0).kind == Kind::Admitted);
    mesh.tell(probe, Kind::Echo, "there?");
    CHECK(mesh.transport.receive(probe).at(0).body == "there?");
    CHECK(mesh.transport.receive(standing).empty());
    CHECK(mesh.switchboard.counters().agents == 1);
    SECTION("and data from it is refused") {
        mesh.tell(probe, Kind::Data, "x");
        CHECK(mesh.refusal(probe, Kind::Refused).reason == Reason::Protocol);
    }
}
