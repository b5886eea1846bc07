#include "controller/enrol/revoke.h"

#include <catch2/catch.hpp>

#include "controller/enrol/add_controller.h"
#include "tests/support/memory_invite_store.h"
#include "tests/support/test_mesh_ca.h"

using namespace culvert;
using namespace culvert::controller::enrol;
using namespace std::chrono_literals;

namespace {

struct Enrolled {
    test::TestMeshCa mesh;
    test::MemoryInviteStore store;

    Enrolled() {
        Invite invite;
        invite.uses = 10;
        REQUIRE(store.add_invite(invite));
    }
    crypto::Identity add(const std::string& name) {
        const crypto::Identity identity = mesh.agent(name);
        EnrolledAgent agent;
        agent.name = name;
        agent.id = identity.member().id;
        agent.serial = identity.member().serial;
        agent.expires = identity.member().not_after;
        REQUIRE(store.add_agent(agent));
        return identity;
    }
    crypto::Identity add_controller(const std::string& name) {
        const crypto::Identity identity = mesh.controller(name);
        REQUIRE(store.add_controller(issued_controller(identity.member())));
        return identity;
    }
    Result<RevocationTarget> find(const std::string& node) const {
        return find_for_revocation(node, store, mesh.clock.wall_now());
    }
    Result<std::string> revoke(const std::string& node) {
        const auto target = find(node);
        REQUIRE(target);
        return culvert::controller::enrol::revoke(*target, mesh.ca, store, mesh.clock);
    }
};

}  // namespace

TEST_CASE("every good certificate of a revoked agent is refused from then on", "[enrol]") {
    Enrolled e;
    const auto earlier = e.add("old-7");
    const auto latest = e.add("old-7");
    const auto other = e.add("fra-1");
    CHECK(e.find("old-7")->serials.size() == 2);
    const auto list = e.revoke("old-7");
    REQUIRE(list);
    CHECK(e.find("old-7")->revoked == e.mesh.clock.wall_now());
    CHECK(e.store.revocations() == *list);
    REQUIRE(e.mesh.trust.update_revocations(*list));
    CHECK_FALSE(e.mesh.trust.verify(earlier.certificate_der()));
    CHECK_FALSE(e.mesh.trust.verify(latest.certificate_der()));
    CHECK(e.mesh.trust.verify(other.certificate_der()));
    CHECK(e.store.find_agent("old-7")->value().revoked);
}

TEST_CASE("the revocation list keeps those revoked before", "[enrol]") {
    Enrolled e;
    const auto first = e.add("a");
    const auto second = e.add("b");
    REQUIRE(e.revoke("a"));
    REQUIRE(e.revoke("b"));
    REQUIRE(e.mesh.trust.update_revocations(*e.store.revocations()));
    CHECK(e.mesh.trust.revoked(first.member().serial));
    CHECK(e.mesh.trust.revoked(second.member().serial));
}

TEST_CASE("revoking says what is wrong with the name", "[enrol]") {
    Enrolled e;
    e.add("fra-1");
    CHECK_THAT(e.find("fra-l").error().message, Catch::Contains("did you mean fra-1?"));
    CHECK_THAT(e.find("sydney").error().message, Catch::Contains("culvert agents and culvert controllers list them"));
    REQUIRE(e.revoke("fra-1"));
    CHECK(e.find("fra-1")->serials.empty());
    e.add("late");
    e.mesh.clock.advance(91 * 24h);
    CHECK_THAT(e.find("late").error().message, Catch::Contains("nothing to revoke"));
}

TEST_CASE("a controller is revoked by name or fingerprint, and is no member any more", "[enrol]") {
    Enrolled e;
    const auto ci = e.add_controller("ci");
    const auto laptop = e.add_controller("laptop");
    const std::string fingerprint = to_string(ci.member().id);
    CHECK(described(*e.find("ci")) == "controller ci");
    CHECK(e.find(fingerprint.substr(0, 8))->name == "ci");
    CHECK_FALSE(e.find(fingerprint.substr(0, 7)));
    REQUIRE(e.mesh.trust.update_revocations(e.revoke(fingerprint).value()));
    CHECK_FALSE(e.mesh.trust.verify(ci.certificate_der()));
    CHECK(e.mesh.trust.verify(laptop.certificate_der()));
    CHECK(e.find("ci")->revoked);
}

TEST_CASE("by fingerprint one key of a name is revoked, its others stay", "[enrol]") {
    Enrolled e;
    const auto earlier = e.add("fra-1");
    const auto latest = e.add("fra-1");
    REQUIRE(e.mesh.trust.update_revocations(e.revoke(to_string(earlier.member().id)).value()));
    CHECK_FALSE(e.mesh.trust.verify(earlier.certificate_der()));
    CHECK(e.mesh.trust.verify(latest.certificate_der()));
    CHECK(e.find("fra-1")->serials == std::vector{latest.member().serial});
}

TEST_CASE("a name that an agent and a controller have asks for the fingerprint", "[enrol]") {
    Enrolled e;
    const auto agent = e.add("ci");
    e.add_controller("ci");
    const auto both = e.find("ci");
    REQUIRE_FALSE(both);
    CHECK_THAT(both.error().message, Catch::Contains("agent ci (" + to_string(agent.member().id) + ")") &&
                                         Catch::Contains("controller ci (") && Catch::Contains("fingerprint"));
    CHECK(e.find(to_string(agent.member().id))->role == Role::Agent);
}
