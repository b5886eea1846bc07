// Certificates that end before their node leaves: revoked, or too old.
#include <catch2/catch.hpp>

#include "tests/unit/tunnel/relay/switchboard_mesh.h"

using namespace culvert;
using namespace culvert::tunnel;
using namespace culvert::tunnel::relay;
using envelope::Reason;

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
