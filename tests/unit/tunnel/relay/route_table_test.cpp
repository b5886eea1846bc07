#include "tunnel/relay/route_table.h"

#include <catch2/catch.hpp>

using namespace culvert;
using namespace culvert::tunnel::relay;

namespace {

Address address(std::uint8_t node, std::uint64_t instance = 0) {
    Address made;
    made.node.bytes[0] = node;
    made.instance = instance;
    return made;
}

std::unique_ptr<Link> link(LinkId id, Address at, Role role = Role::Agent, bool enrols = false) {
    auto made = std::make_unique<Link>(id, "peer", Carrier::WebSocket, 1024);
    made->address = at;
    made->role = role;
    made->enrols = enrols;
    return made;
}

}  // namespace

TEST_CASE("the newest link of an address carries it, and the older one is handed back", "[relay]") {
    RouteTable table;
    const auto older = link(1, address(1));
    const auto newer = link(2, address(1));
    CHECK(table.put(*older) == nullptr);
    CHECK(table.put(*newer) == older.get());
    CHECK(table.find(address(1)) == newer.get());
    CHECK(table.size() == 1);
}

TEST_CASE("removing a displaced link does not remove the newer one", "[relay]") {
    RouteTable table;
    const auto older = link(1, address(1));
    const auto newer = link(2, address(1));
    table.put(*older);
    table.put(*newer);
    table.remove(*older);
    CHECK(table.find(address(1)) == newer.get());
    table.remove(*newer);
    CHECK(table.find(address(1)) == nullptr);
}

TEST_CASE("instances of one controller live side by side", "[relay]") {
    RouteTable table;
    const auto first = link(1, address(1, 10), Role::Controller);
    const auto second = link(2, address(1, 11), Role::Controller);
    CHECK(table.put(*first) == nullptr);
    CHECK(table.put(*second) == nullptr);
    CHECK(table.controllers().size() == 2);
    CHECK(table.find(address(1, 12)) == nullptr);
}

TEST_CASE("joins go to the newest controller that signs", "[relay]") {
    RouteTable table;
    const auto agent = link(1, address(1));
    const auto signs_early = link(2, address(2, 1), Role::Controller, true);
    const auto signs_late = link(3, address(2, 2), Role::Controller, true);
    const auto does_not_sign = link(4, address(2, 3), Role::Controller);
    table.put(*agent);
    CHECK(table.newest_enrolling() == nullptr);
    table.put(*signs_early);
    table.put(*signs_late);
    table.put(*does_not_sign);
    CHECK(table.newest_enrolling() == signs_late.get());
    table.remove(*signs_late);
    CHECK(table.newest_enrolling() == signs_early.get());
    table.remove(*signs_early);
    CHECK(table.newest_enrolling() == nullptr);
}

TEST_CASE("a displaced controller is no longer listed", "[relay]") {
    RouteTable table;
    const auto older = link(1, address(1, 5), Role::Controller, true);
    const auto newer = link(2, address(1, 5), Role::Controller);
    table.put(*older);
    table.put(*newer);
    REQUIRE(table.controllers().size() == 1);
    CHECK(table.controllers()[0] == newer.get());
    CHECK(table.newest_enrolling() == nullptr);
}
