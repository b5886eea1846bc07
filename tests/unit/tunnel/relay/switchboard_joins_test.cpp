// Newcomers at a switchboard: who hears of a join, who may answer it, how many may wait.
#include <catch2/catch.hpp>

#include "tests/unit/tunnel/relay/switchboard_mesh.h"
#include "tunnel/envelope/pending_list.h"

using namespace culvert;
using namespace culvert::tunnel;
using namespace culvert::tunnel::relay;
using envelope::Reason;

TEST_CASE("a newcomer's join goes to the controller that signs, and the reply comes back", "[relay]") {
    Mesh mesh;
    const LinkId controller = mesh.admit("laptop", 1, true);
    const LinkId newcomer = mesh.connect();
    mesh.tell(newcomer, Kind::Join, "request");
    const auto asked = mesh.transport.receive(controller);
    REQUIRE(asked.size() == 1);
    CHECK(asked[0].kind == Kind::Join);
    CHECK(asked[0].body == "request");
    CHECK(asked[0].from.node == NodeId{});
    const auto told = mesh.transport.receive(newcomer);
    REQUIRE(told.size() == 1);
    CHECK(envelope::parse_join_state(told[0].body)->stage == envelope::JoinStage::Forwarded);

    mesh.tell(controller, Kind::JoinReply, "certificate", mesh.address("laptop", 1), asked[0].from);
    const auto reply = mesh.transport.receive(newcomer);
    REQUIRE(reply.size() == 1);
    CHECK(reply[0].kind == Kind::JoinReply);
    CHECK(reply[0].body == "certificate");
}

TEST_CASE("a newcomer waits, says so, and is handed on when a controller that signs connects", "[relay]") {
    Mesh mesh;
    mesh.admit("ci", 1);
    const LinkId newcomer = mesh.connect();
    mesh.tell(newcomer, Kind::Join, "request");
    const auto told = mesh.transport.receive(newcomer);
    REQUIRE(told.size() == 1);
    const auto state = envelope::parse_join_state(told[0].body);
    REQUIRE(state.has_value());
    CHECK(state->stage == envelope::JoinStage::NoController);
    CHECK(state->text == "waits for a signature: no controller with the mesh CA is connected");

    const LinkId controller = mesh.connect();
    mesh.tell(controller, Kind::Hello, encode(mesh.hello(controller, "laptop", 1, true)));
    const auto received = mesh.transport.receive(controller);
    CHECK(received.back().kind == Kind::Join);
    CHECK(received.back().body == "request");
    CHECK(envelope::parse_join_state(mesh.transport.receive(newcomer).at(0).body)->stage ==
          envelope::JoinStage::Forwarded);
}

TEST_CASE("a controller that asks is told who waits for a signature, an agent that asks is cut", "[relay]") {
    Mesh mesh;
    const LinkId controller = mesh.admit("ci", 1);
    const auto ask = [&] {
        mesh.tell(controller, Kind::PendingAsk, "", mesh.address("ci", 1));
        const auto answer = mesh.transport.receive(controller);
        REQUIRE(answer.size() == 1);
        CHECK(answer[0].kind == Kind::PendingList);
        return envelope::parse_pending(answer[0].body).value().entries;
    };
    CHECK(ask().empty());
    const LinkId newcomer = mesh.connect();
    mesh.tell(newcomer, Kind::Join, "request");
    mesh.clock.now += std::chrono::seconds(90);
    const auto waiting = ask();
    REQUIRE(waiting.size() == 1);
    CHECK(waiting[0].join == "request");
    CHECK(waiting[0].waits_seconds == 90);
    CHECK_FALSE(waiting[0].peer.empty());

    const LinkId agent = mesh.admit("fra-1");
    mesh.tell(agent, Kind::PendingAsk, "", mesh.address("fra-1"));
    CHECK(mesh.transport.receive(agent).back().kind == Kind::Closing);
}

TEST_CASE("a join that its controller left unanswered goes to the next one", "[relay]") {
    Mesh mesh;
    const LinkId first = mesh.admit("laptop", 1, true);
    const LinkId newcomer = mesh.connect();
    mesh.tell(newcomer, Kind::Join, "request");
    mesh.switchboard.on_link_gone(first, Gone::Disconnected);
    const auto told = mesh.transport.receive(newcomer);
    CHECK(envelope::parse_join_state(told.back().body)->stage == envelope::JoinStage::NoController);
    const LinkId second = mesh.connect();
    mesh.tell(second, Kind::Hello, encode(mesh.hello(second, "laptop", 2, true)));
    CHECK(mesh.transport.receive(second).back().kind == Kind::Join);
}

TEST_CASE("a pending node may talk of nothing but its join", "[relay]") {
    Mesh mesh;
    mesh.admit("laptop", 1);
    const LinkId newcomer = mesh.connect();
    mesh.tell(newcomer, Kind::Join, "request");
    mesh.transport.receive(newcomer);
    mesh.tell(newcomer, Kind::Echo, "alive");
    CHECK(mesh.transport.receive(newcomer).at(0).kind == Kind::EchoReply);
    mesh.tell(newcomer, Kind::Data, "hello", {}, mesh.address("laptop", 1));
    CHECK(mesh.refusal(newcomer, Kind::Refused).reason == Reason::Protocol);
    CHECK(mesh.switchboard.counters().pending == 0);
}

TEST_CASE("pending joins are bounded in number and in time", "[relay]") {
    RelayLimits limits;
    limits.pending_joins = 1;
    Mesh mesh(limits);
    const LinkId first = mesh.connect();
    mesh.tell(first, Kind::Join, "request");
    const LinkId second = mesh.connect();
    mesh.tell(second, Kind::Join, "request");
    const auto refusal = mesh.refusal(second, Kind::Refused);
    CHECK(refusal.reason == Reason::PendingFull);
    CHECK(refusal.retryable);
    mesh.clock.now += std::chrono::minutes(11);
    mesh.switchboard.sweep();
    CHECK(mesh.refusal(first, Kind::Refused).reason == Reason::Timeout);
}

TEST_CASE("one link cannot flood a controller with joins", "[relay]") {
    Mesh mesh;
    const LinkId newcomer = mesh.connect();
    for (int i = 0; i < 17; ++i) mesh.tell(newcomer, Kind::Join, "request");
    CHECK(mesh.refusal(newcomer, Kind::Refused).reason == Reason::Protocol);
}

TEST_CASE("only a controller that signs may answer a join, and only one that is pending", "[relay]") {
    Mesh mesh;
    const LinkId signer = mesh.admit("laptop", 1, true);
    const LinkId other = mesh.admit("ci", 1);
    const LinkId newcomer = mesh.connect();
    mesh.tell(newcomer, Kind::Join, "request");
    const Address at = mesh.transport.receive(signer).at(0).from;
    mesh.transport.receive(newcomer);

    mesh.tell(other, Kind::JoinReply, "forged", mesh.address("ci", 1), at);
    CHECK(mesh.refusal(other, Kind::Closing).reason == Reason::Protocol);
    CHECK(mesh.transport.receive(newcomer).empty());

    mesh.tell(signer, Kind::JoinReply, "late", mesh.address("laptop", 1), Address{{}, at.instance + 1});
    CHECK(mesh.transport.receive(signer).at(0).kind == Kind::Unreachable);
    mesh.tell(signer, Kind::JoinReply, "to a member", mesh.address("laptop", 1),
              Address{mesh.address("fra-1").node, at.instance});
    CHECK(mesh.transport.receive(signer).at(0).kind == Kind::Unreachable);
}
