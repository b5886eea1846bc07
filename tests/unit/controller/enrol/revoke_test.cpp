#include "controller/enrol/revoke.h"

#include <catch2/catch.hpp>

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
};

}  // namespace

TEST_CASE("every good certificate of a revoked agent is refused from then on", "[enrol]") {
    Enrolled e;
    const auto earlier = e.add("old-7");
    const auto latest = e.add("old-7");
    const auto other = e.add("fra-1");
    const auto revoked = revoke_agent("old-7", e.mesh.ca, e.store, e.mesh.clock);
    REQUIRE(revoked);
    CHECK(revoked->serials.size() == 2);
    CHECK(revoked->agent.revoked == e.mesh.clock.wall_now());
    CHECK(e.store.revocations() == revoked->crl_der);
    REQUIRE(e.mesh.trust.update_revocations(revoked->crl_der));
    CHECK_FALSE(e.mesh.trust.verify(earlier.certificate_der()));
    CHECK_FALSE(e.mesh.trust.verify(latest.certificate_der()));
    CHECK(e.mesh.trust.verify(other.certificate_der()));
    CHECK(e.store.find_agent("old-7")->value().revoked);
}

TEST_CASE("the revocation list keeps those revoked before", "[enrol]") {
    Enrolled e;
    const auto first = e.add("a");
    const auto second = e.add("b");
    REQUIRE(revoke_agent("a", e.mesh.ca, e.store, e.mesh.clock));
    REQUIRE(revoke_agent("b", e.mesh.ca, e.store, e.mesh.clock));
    REQUIRE(e.mesh.trust.update_revocations(*e.store.revocations()));
    CHECK(e.mesh.trust.revoked(first.member().serial));
    CHECK(e.mesh.trust.revoked(second.member().serial));
}

TEST_CASE("revoking says what is wrong with the name", "[enrol]") {
    Enrolled e;
    e.add("fra-1");
    CHECK_THAT(revoke_agent("fra-l", e.mesh.ca, e.store, e.mesh.clock).error().message,
               Catch::Contains("did you mean fra-1?"));
    CHECK_THAT(revoke_agent("sydney", e.mesh.ca, e.store, e.mesh.clock).error().message,
               Catch::Contains("culvert agents lists them"));
    REQUIRE(revoke_agent("fra-1", e.mesh.ca, e.store, e.mesh.clock));
    CHECK(revoke_agent("fra-1", e.mesh.ca, e.store, e.mesh.clock).error().message ==
          "fra-1 was revoked on 2026-03-01 12:00:00 UTC");
    e.add("late");
    e.mesh.clock.advance(91 * 24h);
    CHECK_THAT(revoke_agent("late", e.mesh.ca, e.store, e.mesh.clock).error().message,
               Catch::Contains("nothing to revoke"));
}
