#include <catch2/catch.hpp>

#include "tests/unit/tunnel/channel/channel_pair.h"

using namespace culvert;
using namespace std::chrono_literals;
using culvert::test::ChannelPair;
using culvert::test::MeshPair;
using culvert::test::TestMeshCa;

TEST_CASE("controller and agent of one mesh open a channel and know each other", "[channel]") {
    MeshPair pair;
    pair.run();
    REQUIRE(pair.client.opened);
    REQUIRE(pair.server.opened);
    CHECK(pair.client.channel->open());
    CHECK(pair.client.channel->peer_name() == "fra-1");
    CHECK(pair.client.channel->peer_id() == pair.agent.member().id);
    CHECK(pair.server.channel->peer_name() == "laptop");
    CHECK(pair.server.channel->peer_id() == pair.laptop.member().id);
}

TEST_CASE("what is said on a channel arrives whole, in order and only at the other end", "[channel]") {
    MeshPair pair;
    pair.run();
    REQUIRE(pair.client.channel->write("the plan with MARKER"));
    for (const std::string& piece : pair.client.sent) CHECK(piece.find("MARKER") == std::string::npos);
    REQUIRE(pair.server.channel->write("the results"));
    pair.run();
    CHECK(pair.server.received == "the plan with MARKER");
    CHECK(pair.client.received == "the results");
}

TEST_CASE("no piece is larger than what fits in an envelope", "[channel]") {
    MeshPair pair;
    pair.run();
    const std::string large(3 << 20, 'x');
    REQUIRE(pair.client.channel->write(large));
    for (const std::string& piece : pair.client.sent) REQUIRE(piece.size() <= tunnel::channel::kLargestPiece);
    pair.run();
    CHECK(pair.server.received == large);
}

TEST_CASE("nothing can be written before a channel is open, nor after its end", "[channel]") {
    MeshPair pair;
    CHECK(pair.client.channel->write("early").error().code == Code::Disconnected);
    pair.run();
    pair.client.channel->close();
    CHECK(pair.client.channel->write("late").error().code == Code::Disconnected);
    CHECK_FALSE(pair.client.closed);
    pair.run();
    REQUIRE(pair.server.closed);
    CHECK(pair.server.closed->message == "laptop closed the channel");
    CHECK(pair.server.channel->write("late").error().code == Code::Disconnected);
    CHECK(pair.server.received.empty());
}

TEST_CASE("another agent of the mesh cannot answer in place of the one that was called", "[channel]") {
    const TestMeshCa mesh;
    const auto laptop = mesh.controller("laptop");
    const auto called = mesh.agent("fra-1");
    const auto other = mesh.agent("fra-2");
    ChannelPair pair(laptop, mesh.trust, other, mesh.trust, called.member().id);
    pair.run();
    CHECK_FALSE(pair.client.opened);
    REQUIRE(pair.client.closed);
    CHECK(pair.client.closed->code == Code::Unauthorized);
    CHECK_THAT(pair.client.closed->message,
               Catch::Contains("fra-2") && Catch::Contains("answered in place of the agent that was called"));
    CHECK(pair.server.closed);
    CHECK_FALSE(pair.server.opened);
}

TEST_CASE("an agent cannot pose as a controller, and is told so", "[channel]") {
    const TestMeshCa mesh;
    const auto poser = mesh.agent("fra-2");
    const auto agent = mesh.agent("fra-1");
    ChannelPair pair(poser, mesh.trust, agent, mesh.trust);
    pair.run();
    CHECK_FALSE(pair.server.opened);
    REQUIRE(pair.server.closed);
    CHECK(pair.server.closed->message == "fra-2 shows an agent's certificate, which cannot act as a controller");
    REQUIRE(pair.client.closed);
    CHECK(pair.client.closed->message == "the peer refused this node's certificate: its role does not allow this");
    CHECK(pair.server.received.empty());
}

TEST_CASE("a controller cannot pose as an agent", "[channel]") {
    const TestMeshCa mesh;
    const auto laptop = mesh.controller("laptop");
    const auto poser = mesh.controller("ci");
    ChannelPair pair(laptop, mesh.trust, poser, mesh.trust);
    pair.run();
    CHECK_FALSE(pair.client.opened);
    REQUIRE(pair.client.closed);
    CHECK(pair.client.closed->message == "ci shows a controller's certificate, which cannot act as an agent");
}

TEST_CASE("nodes of two meshes open no channel, whoever calls", "[channel]") {
    const TestMeshCa acme;
    const TestMeshCa beta("beta");
    const auto ours = acme.controller("laptop");
    const auto theirs = beta.agent("fra-1");
    ChannelPair pair(ours, acme.trust, theirs, beta.trust);
    pair.run();
    CHECK_FALSE(pair.client.opened);
    REQUIRE(pair.client.closed);
    CHECK_THAT(pair.client.closed->message,
               Catch::Contains("signed by another CA (\"beta mesh CA\"), not by the CA of mesh acme"));
    REQUIRE(pair.server.closed);
    CHECK(pair.server.closed->message == "the peer refused this node's certificate: its mesh has another CA");
}

TEST_CASE("a foreign controller is refused by the agent", "[channel]") {
    const TestMeshCa acme;
    const TestMeshCa again;
    const auto foreign = again.controller("laptop");
    const auto agent = acme.agent("fra-1");
    ChannelPair pair(foreign, acme.trust, agent, acme.trust);
    pair.run();
    CHECK_FALSE(pair.server.opened);
    REQUIRE(pair.server.closed);
    CHECK(pair.server.closed->code == Code::Unauthorized);
    CHECK(pair.client.closed);
}

TEST_CASE("a revoked agent is refused by the controller and told why", "[channel]") {
    TestMeshCa mesh;
    const auto laptop = mesh.controller("laptop");
    const auto agent = mesh.agent("old-7");
    mesh.revoke(agent);
    ChannelPair pair(laptop, mesh.trust, agent, mesh.trust);
    pair.run();
    REQUIRE(pair.client.closed);
    CHECK_THAT(pair.client.closed->message, Catch::Contains("old-7 was revoked"));
    REQUIRE(pair.server.closed);
    CHECK(pair.server.closed->message ==
          "the peer refused this node's certificate: it was revoked; join again with a new token");
}

TEST_CASE("a revoked controller is refused by the agent", "[channel]") {
    TestMeshCa mesh;
    const auto laptop = mesh.controller("laptop");
    const auto agent = mesh.agent("fra-1");
    mesh.revoke(laptop);
    ChannelPair pair(laptop, mesh.trust, agent, mesh.trust);
    pair.run();
    CHECK_FALSE(pair.server.opened);
    CHECK_THAT(pair.server.closed->message, Catch::Contains("laptop was revoked"));
}

TEST_CASE("an expired certificate is refused with both times, and its owner is told to look at the clock",
          "[channel]") {
    TestMeshCa mesh;
    const auto laptop = mesh.controller("laptop");
    const auto agent = mesh.node("fra-1", Role::Agent, 24h);
    mesh.clock.advance(27h);
    ChannelPair pair(laptop, mesh.trust, agent, mesh.trust);
    pair.run();
    REQUIRE(pair.client.closed);
    CHECK_THAT(pair.client.closed->message,
               Catch::Contains("expired 2026-03-02 12:00:00 UTC, 3 h ago; this clock says 2026-03-02 15:00:00 UTC"));
    REQUIRE(pair.server.closed);
    CHECK_THAT(pair.server.closed->message, Catch::Contains("compare the clocks"));
}

TEST_CASE("a channel may be destroyed inside any of its events", "[channel]") {
    const TestMeshCa mesh;
    const auto laptop = mesh.controller("laptop");
    const auto agent = mesh.agent("fra-1");
    const int when = GENERATE(0, 1, 2, 3);
    test::ChannelEnd server;
    test::ChannelEnd client;
    auto events = server.events();
    const auto end_it = [&server](int now, int wanted) {
        if (now == wanted) server.channel.reset();
    };
    if (when == 0) events.on_ciphertext = [end_it, when](std::string) { end_it(0, when); };
    events.on_open = [end_it, when] { end_it(1, when); };
    events.on_plaintext = [end_it, when](std::string_view) { end_it(2, when); };
    events.on_closed = [end_it, when](const Error&) { end_it(3, when); };
    server.channel = tunnel::channel::Channel::server(agent, mesh.trust, std::move(events));
    client.channel = tunnel::channel::Channel::client(laptop, mesh.trust, agent.member().id, client.events());
    server.channel->start();
    client.channel->start();
    bool written = false;
    for (int round = 0; round < 8 && server.channel; ++round) {
        while (!client.sent.empty() && server.channel) {
            std::string piece = std::move(client.sent.front());
            client.sent.pop_front();
            if (when == 3 && written) piece[piece.size() / 2] = static_cast<char>(piece[piece.size() / 2] ^ 1);
            server.channel->feed(piece);
        }
        if (server.channel) test::ChannelPair::carry(server, client);
        if (client.opened && !written) {
            written = true;
            test::ChannelPair::carry(client, server);  // the client's last handshake piece stays whole
            if (server.channel && server.channel->open()) REQUIRE(client.channel->write("hello"));
        }
    }
    CHECK_FALSE(server.channel);
}
