#include <thread>

#include <catch2/catch.hpp>

#include "controller/store/store.h"
#include "temporary_folder.h"

using namespace culvert;
using namespace culvert::store;
using namespace std::chrono_literals;
using controller::enrol::EnrolledAgent;
using controller::enrol::Invite;

namespace {

Invite invite(std::uint8_t id, std::uint32_t uses = 1) {
    Invite invite;
    invite.id.bytes[0] = id;
    invite.secret = Secret(std::string("\0secret\xff", 8) + std::string(24, 's'));
    invite.labels = {{"region", "eu"}};
    invite.created = WallTime(100s + std::chrono::seconds(id));
    invite.expires = WallTime(86'400s);
    invite.uses = uses;
    return invite;
}

EnrolledAgent agent(const std::string& name, std::uint8_t invite_id, const std::string& serial) {
    EnrolledAgent agent;
    agent.name = name;
    agent.id.bytes[15] = 9;
    agent.invite.bytes[0] = invite_id;
    agent.labels = {{"region", "eu"}, {"size", "large"}};
    agent.serial = serial;
    agent.certificate_der = std::string("\x30\x00\x01", 3);
    agent.enrolled = WallTime(200s);
    agent.expires = WallTime(9000s);
    agent.ephemeral = true;
    return agent;
}

}  // namespace

TEST_CASE("invites are kept whole, listed by age and withdrawn once", "[store]") {
    const TemporaryFolder folder;
    const auto store = Store::open(folder.file("s.sqlite"));
    auto& invites = (*store)->invites();
    REQUIRE(invites.add_invite(invite(2, 3)));
    REQUIRE(invites.add_invite(invite(1)));
    CHECK(*invites.find_invite(invite(2).id) == invite(2, 3));
    CHECK_FALSE(*invites.find_invite(invite(7).id));
    CHECK_FALSE(invites.add_invite(invite(1)));
    CHECK((*invites.invites())[0].id == invite(1).id);
    REQUIRE(invites.withdraw_invite(invite(1).id, WallTime(500s)));
    REQUIRE(invites.withdraw_invite(invite(1).id, WallTime(900s)));
    CHECK((*invites.find_invite(invite(1).id))->withdrawn == WallTime(500s));
    CHECK_FALSE(invites.withdraw_invite(invite(7).id, WallTime(500s)));
}

TEST_CASE("an enrolment spends one use, and without one nothing is kept", "[store]") {
    const TemporaryFolder folder;
    const auto store = Store::open(folder.file("s.sqlite"));
    auto& invites = (*store)->invites();
    REQUIRE(invites.add_invite(invite(1, 2)));
    REQUIRE(invites.add_agent(agent("fra-1", 1, "01")));
    REQUIRE(invites.add_agent(agent("fra-2", 1, "02")));
    const auto third = invites.add_agent(agent("fra-3", 1, "03"));
    REQUIRE_FALSE(third);
    CHECK(third.error().code == Code::Overloaded);
    CHECK_FALSE(*invites.find_agent("fra-3"));
    CHECK(invites.agents_of(invite(1).id)->size() == 2);
    CHECK_FALSE(invites.add_agent(agent("x", 9, "09")));  // no such invite
    CHECK(*invites.find_agent("fra-1") == agent("fra-1", 1, "01"));
}

TEST_CASE("the latest certificate of a name is the agent's, and revocation is by serial number", "[store]") {
    const TemporaryFolder folder;
    const auto store = Store::open(folder.file("s.sqlite"));
    auto& invites = (*store)->invites();
    REQUIRE(invites.add_invite(invite(1, 9)));
    REQUIRE(invites.add_agent(agent("fra-1", 1, "01")));
    REQUIRE(invites.add_agent(agent("fra-1", 1, "02")));
    REQUIRE(invites.add_agent(agent("ams-1", 1, "03")));
    CHECK_FALSE(invites.add_agent(agent("evil", 1, "02")));  // a serial number is unique
    CHECK((*invites.find_agent("fra-1"))->serial == "02");
    const auto all = invites.agents();
    REQUIRE(all->size() == 2);
    CHECK((*all)[0].name == "ams-1");
    REQUIRE(invites.mark_revoked("02", WallTime(700s)));
    REQUIRE(invites.mark_revoked("02", WallTime(800s)));
    CHECK((*invites.find_agent("fra-1"))->revoked == WallTime(700s));
    CHECK_FALSE(invites.mark_revoked("ff", WallTime(700s)));
}

TEST_CASE("the revocation list is one, and the newest", "[store]") {
    const TemporaryFolder folder;
    const auto store = Store::open(folder.file("s.sqlite"));
    auto& invites = (*store)->invites();
    CHECK(*invites.revocations() == "");
    REQUIRE(invites.set_revocations("first"));
    REQUIRE(invites.set_revocations(std::string("second\0list", 11)));
    CHECK(*invites.revocations() == std::string("second\0list", 11));
}

TEST_CASE("two controllers cannot spend the last use of an invite twice", "[store]") {
    const TemporaryFolder folder;
    const auto file = folder.file("s.sqlite");
    REQUIRE((*Store::open(file))->invites().add_invite(invite(1, 5)));
    std::vector<std::thread> controllers;
    for (int c = 0; c < 4; ++c) {
        controllers.emplace_back([c, &file] {
            const auto store = Store::open(file);
            for (int i = 0; i < 5; ++i)
                (void)(*store)->invites().add_agent(
                    agent("n" + std::to_string(c) + std::to_string(i), 1, std::to_string(c * 10 + i)));
        });
    }
    for (std::thread& controller : controllers) controller.join();
    CHECK((*Store::open(file))->invites().agents_of(invite(1).id)->size() == 5);
}

TEST_CASE("controllers are kept once each, and can be marked as revoked", "[store]") {
    const TemporaryFolder folder;
    const auto store = Store::open(folder.file("runs.sqlite"));
    REQUIRE(store);
    auto& invites = (*store)->invites();
    const controller::enrol::IssuedController laptop{"laptop", {}, "5e01", WallTime(100s), WallTime(9000s), {}};
    const controller::enrol::IssuedController ci{"ci", {}, "5e02", WallTime(200s), WallTime(9000s), {}};
    for (const auto& one : {laptop, ci, laptop}) REQUIRE(invites.add_controller(one));
    CHECK(invites.controllers().value() == std::vector{ci, laptop});
    REQUIRE(invites.mark_revoked("5e01", WallTime(300s)));
    CHECK(invites.controllers()->at(1).revoked == WallTime(300s));
    CHECK_FALSE(invites.controllers()->at(0).revoked);
    CHECK_FALSE(invites.mark_revoked("5eff", WallTime(300s)));
}
