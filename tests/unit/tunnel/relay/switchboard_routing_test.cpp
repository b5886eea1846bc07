// Where a switchboard takes envelopes, and what ends a link on the way.
#include <catch2/catch.hpp>

#include "tests/unit/tunnel/relay/switchboard_mesh.h"

using namespace culvert;
using namespace culvert::tunnel;
using namespace culvert::tunnel::relay;
using Catch::Matchers::Contains;
using envelope::Envelope;
using envelope::Reason;

TEST_CASE("envelopes pass between agent and controller unchanged", "[relay]") {
    Mesh mesh;
    const LinkId agent = mesh.admit("fra-1");
    const LinkId controller = mesh.admit("laptop", 99);
    mesh.tell(controller, Kind::Data, "ciphertext", mesh.address("laptop", 99), mesh.address("fra-1"));
    mesh.tell(agent, Kind::Data, "answer", mesh.address("fra-1"), mesh.address("laptop", 99));
    CHECK(mesh.transport.receive(agent) ==
          std::vector<Envelope>{{Kind::Data, mesh.address("laptop", 99), mesh.address("fra-1"), "ciphertext"}});
    CHECK(mesh.transport.receive(controller) ==
          std::vector<Envelope>{{Kind::Data, mesh.address("fra-1"), mesh.address("laptop", 99), "answer"}});
}

TEST_CASE("agents do not reach agents, nor controllers controllers", "[relay]") {
    Mesh mesh;
    const LinkId first = mesh.admit("fra-1");
    const LinkId second = mesh.admit("fra-2");
    mesh.tell(first, Kind::Data, "psst", mesh.address("fra-1"), mesh.address("fra-2"));
    CHECK(mesh.transport.receive(second).empty());
    auto answer = mesh.transport.receive(first);
    REQUIRE(answer.size() == 1);
    CHECK(answer[0].kind == Kind::Unreachable);
    CHECK(answer[0].from == mesh.address("fra-2"));
    CHECK_THAT(answer[0].body, Contains("agents talk to controllers only"));

    const LinkId laptop = mesh.admit("laptop", 1);
    const LinkId ci = mesh.admit("ci", 2);
    mesh.transport.receive(laptop);
    mesh.tell(laptop, Kind::Data, "psst", mesh.address("laptop", 1), mesh.address("ci", 2));
    CHECK(mesh.transport.receive(ci).empty());
    CHECK(mesh.transport.receive(laptop).at(0).kind == Kind::Unreachable);
}

TEST_CASE("an envelope in the name of another node ends the link", "[relay]") {
    Mesh mesh;
    const LinkId agent = mesh.admit("fra-1");
    const LinkId controller = mesh.admit("laptop", 1);
    mesh.tell(agent, Kind::Data, "forged", mesh.address("fra-2"), mesh.address("laptop", 1));
    CHECK(mesh.refusal(agent, Kind::Closing).reason == Reason::Protocol);
    CHECK(mesh.transport.receive(controller).empty());
}

TEST_CASE("a sender learns that its addressee is not connected", "[relay]") {
    Mesh mesh;
    const LinkId controller = mesh.admit("laptop", 1);
    mesh.tell(controller, Kind::Data, "hello?", mesh.address("laptop", 1), mesh.address("fra-1"));
    const auto received = mesh.transport.receive(controller);
    REQUIRE(received.size() == 1);
    CHECK(received[0] ==
          Envelope{Kind::Unreachable, mesh.address("fra-1"), mesh.address("laptop", 1), "not connected to this relay"});
}

TEST_CASE("an echo comes back with its body", "[relay]") {
    Mesh mesh;
    const LinkId agent = mesh.admit("fra-1");
    mesh.tell(agent, Kind::Echo, "12345678", mesh.address("fra-1"));
    const auto received = mesh.transport.receive(agent);
    REQUIRE(received.size() == 1);
    CHECK(received[0].kind == Kind::EchoReply);
    CHECK(received[0].body == "12345678");
}

TEST_CASE("the newest link of a node wins and the older one is told so", "[relay]") {
    Mesh mesh;
    const LinkId older = mesh.admit("fra-1");
    const LinkId controller = mesh.admit("laptop", 1);
    const LinkId newer = mesh.connect();
    mesh.tell(newer, Kind::Hello, encode(mesh.hello(newer, "fra-1", 0, false)));
    CHECK(mesh.refusal(older, Kind::Closing).reason == Reason::NewerLink);
    mesh.transport.receive(newer);
    mesh.switchboard.on_link_gone(older, Gone::Disconnected);

    mesh.tell(controller, Kind::Data, "x", mesh.address("laptop", 1), mesh.address("fra-1"));
    CHECK(mesh.transport.receive(newer).size() == 1);
    mesh.switchboard.flush_presence();
    for (const auto& envelope : mesh.transport.receive(controller)) {
        const auto update = envelope::parse_presence(envelope.body);
        REQUIRE(update.has_value());
        for (const auto& entry : update->entries) CHECK(entry.online);
    }
}

TEST_CASE("a node that does not read is cut with the reason, and its sender is told", "[relay]") {
    RelayLimits limits;
    limits.queue_per_node = 100'000;
    Mesh mesh(limits);
    const LinkId agent = mesh.admit("fra-1");
    const LinkId controller = mesh.admit("laptop", 1);
    const std::string body(16'000, 'x');
    for (int i = 0; i < 7; ++i)
        mesh.tell(controller, Kind::Data, body, mesh.address("laptop", 1), mesh.address("fra-1"));
    const auto refusal = mesh.refusal(agent, Kind::Closing);
    CHECK(refusal.reason == Reason::SlowConsumer);
    CHECK(refusal.retryable);
    const auto received = mesh.transport.receive(controller);
    REQUIRE(received.size() == 1);
    CHECK(received[0].kind == Kind::Unreachable);
    CHECK(mesh.switchboard.counters().links_closed.at("slow_consumer") == 1);
    CHECK(mesh.switchboard.counters().queue_bytes == 0);
}

TEST_CASE("a closed link that does not fetch its last words is cut after the linger time", "[relay]") {
    Mesh mesh;
    const LinkId link = mesh.connect();
    mesh.tell(link, Kind::Data);
    mesh.clock.now += std::chrono::seconds(4);
    mesh.switchboard.sweep();
    CHECK(mesh.transport.cuts.empty());
    mesh.clock.now += std::chrono::seconds(1);
    mesh.switchboard.sweep();
    CHECK(mesh.transport.cuts.contains(link));
}

TEST_CASE("draining tells every node, and whoever still comes", "[relay]") {
    Mesh mesh;
    const LinkId agent = mesh.admit("fra-1");
    mesh.switchboard.drain();
    const auto refusal = mesh.refusal(agent, Kind::Closing);
    CHECK(refusal.reason == Reason::Drained);
    CHECK(refusal.retryable);
    mesh.switchboard.on_link(50, "192.0.2.9", Carrier::WebSocket);
    CHECK(mesh.refusal(50, Kind::Refused).reason == Reason::Drained);
    mesh.switchboard.on_link_gone(agent, Gone::Disconnected);
    mesh.switchboard.on_link_gone(50, Gone::Disconnected);
    CHECK(mesh.switchboard.empty());
}
