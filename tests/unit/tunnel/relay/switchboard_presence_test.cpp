// Who is told which nodes are connected.
#include <catch2/catch.hpp>

#include "tests/unit/tunnel/relay/switchboard_mesh.h"

using namespace culvert;
using namespace culvert::tunnel;
using namespace culvert::tunnel::relay;

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
