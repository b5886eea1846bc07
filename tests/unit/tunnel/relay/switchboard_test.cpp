#include "tunnel/relay/switchboard.h"

#include <catch2/catch.hpp>

#include "tests/unit/tunnel/relay/switchboard_mesh.h"
#include "tunnel/envelope/pending_list.h"

using namespace culvert;
using namespace culvert::tunnel;
using namespace culvert::tunnel::relay;
using Catch::Matchers::Contains;
using envelope::Envelope;
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

TEST_CASE("controllers get the whole list after admission and changes afterwards", "[relay]") {
    Mesh mesh;
    const LinkId agent = mesh.admit("fra-1");
    const LinkId controller = mesh.connect();
    mesh.tell(controller, Kind::Hello, encode(mesh.hello(controller, "laptop", 1, false)));
    const auto received = mesh.transport.receive(controller);
    REQUIRE(received.size() == 2);
    CHECK(received[1].kind == Kind::Presence);
    const auto whole = envelope::parse_presence(received[1].body);
    REQUIRE(whole.has_value());
    CHECK(whole->restart);
    REQUIRE(whole->entries.size() == 2);
    mesh.switchboard.flush_presence();
    mesh.transport.receive(controller);

    mesh.switchboard.on_link_gone(agent, Gone::Disconnected);
    mesh.switchboard.flush_presence();
    const auto changes = mesh.transport.receive(controller);
    REQUIRE(changes.size() == 1);
    const auto update = envelope::parse_presence(changes[0].body);
    REQUIRE(update.has_value());
    CHECK_FALSE(update->restart);
    REQUIRE(update->entries.size() == 1);
    CHECK(update->entries[0].name == "fra-1");
    CHECK_FALSE(update->entries[0].online);
    CHECK(update->entries[0].last_words == "link lost");
}

TEST_CASE("agents are never told who is connected", "[relay]") {
    Mesh mesh;
    const LinkId agent = mesh.admit("fra-1");
    mesh.admit("laptop", 1);
    mesh.switchboard.flush_presence();
    CHECK(mesh.transport.receive(agent).empty());
}

TEST_CASE("a revocation reaches every node and ends the revoked link", "[relay]") {
    Mesh mesh;
    const LinkId good = mesh.admit("fra-1");
    const LinkId bad = mesh.admit("fra-2");
    const LinkId controller = mesh.admit("laptop", 1);
    mesh.tell(controller, Kind::Revocations, "crl\n5e2\n", mesh.address("laptop", 1));
    CHECK(mesh.transport.receive(good).at(0).kind == Kind::Revocations);
    CHECK(mesh.refusal(bad, Kind::Closing).reason == Reason::Revoked);
    const LinkId again = mesh.connect();
    mesh.tell(again, Kind::Hello, encode(mesh.hello(again, "fra-2", 0, false)));
    CHECK(mesh.refusal(again, Kind::Refused).reason == Reason::Revoked);
    const LinkId late = mesh.connect();
    mesh.tell(late, Kind::Hello, encode(mesh.hello(late, "ci", 1, false)));
    CHECK(mesh.transport.receive(late).at(1).kind == Kind::Revocations);
}

TEST_CASE("an older revocation list is answered with the newer one, a forged one is dropped", "[relay]") {
    Mesh mesh;
    const LinkId agent = mesh.admit("fra-1");
    const LinkId controller = mesh.admit("laptop", 1);
    mesh.tell(controller, Kind::Revocations, "forged", mesh.address("laptop", 1));
    CHECK(mesh.transport.receive(controller).empty());
    mesh.tell(controller, Kind::Revocations, "crl\nnewer\n", mesh.address("laptop", 1));
    mesh.transport.receive(controller);
    mesh.transport.receive(agent);
    mesh.tell(controller, Kind::Revocations, "crl\nold\n", mesh.address("laptop", 1));
    const auto answer = mesh.transport.receive(controller);
    REQUIRE(answer.size() == 1);
    CHECK(answer[0].body == "crl\nnewer\n");
    CHECK(mesh.transport.receive(agent).empty());
}

TEST_CASE("an agent cannot revoke", "[relay]") {
    Mesh mesh;
    const LinkId agent = mesh.admit("fra-1");
    mesh.tell(agent, Kind::Revocations, "crl\n5e2\n", mesh.address("fra-1"));
    CHECK(mesh.refusal(agent, Kind::Closing).reason == Reason::Protocol);
    CHECK(mesh.trust.list.empty());
}

TEST_CASE("a link ends when its certificate does", "[relay]") {
    Mesh mesh;
    const LinkId agent = mesh.admit("fra-1");
    mesh.switchboard.close_expired();
    CHECK(mesh.transport.receive(agent).empty());
    mesh.clock.now += std::chrono::hours(25);
    mesh.switchboard.close_expired();
    CHECK(mesh.refusal(agent, Kind::Closing).reason == Reason::Expired);
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

TEST_CASE("presence is planned once for many changes", "[relay]") {
    Mesh mesh;
    const LinkId first = mesh.connect();
    mesh.tell(first, Kind::Hello, encode(mesh.hello(first, "fra-1", 0, false)));
    const LinkId second = mesh.connect();
    mesh.tell(second, Kind::Hello, encode(mesh.hello(second, "fra-2", 0, false)));
    CHECK(mesh.presence_planned == 1);
    mesh.switchboard.flush_presence();
    mesh.switchboard.on_link_gone(first, Gone::Disconnected);
    CHECK(mesh.presence_planned == 2);
}

// Joins.

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
