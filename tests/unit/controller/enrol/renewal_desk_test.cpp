#include "controller/enrol/renewal_desk.h"

#include <catch2/catch.hpp>

#include "common/crypto/renewal.h"
#include "controller/enrol/add_controller.h"
#include "controller/enrol/invite_book.h"
#include "controller/enrol/revoke.h"
#include "tests/support/memory_invite_store.h"
#include "tests/support/test_mesh_ca.h"

using namespace culvert;
using namespace culvert::controller::enrol;
using Catch::Matchers::Contains;
using namespace std::chrono_literals;

namespace {

constexpr Duration kDay = 24h;

struct Scene {
    Scene() {
        Invite invite;
        invite.id.bytes[0] = 1;
        invite.uses = 1;
        REQUIRE(store.add_invite(invite));
    }
    crypto::Identity enrol(const std::string& name) {
        const crypto::Identity identity = mesh.agent(name);
        EnrolledAgent agent;
        agent.name = name;
        agent.id = identity.member().id;
        agent.invite.bytes[0] = 1;
        agent.labels = {{"region", "eu"}};
        agent.serial = identity.member().serial;
        agent.certificate_der = identity.certificate_der();
        agent.enrolled = mesh.clock.wall_now();
        agent.expires = identity.member().not_after;
        REQUIRE(store.add_agent(agent));
        return identity;
    }
    Result<std::string> renew(const crypto::Identity& asker) {
        return desk.renew(asker.member(), crypto::renewal_request(asker));
    }
    Code refusal(const crypto::Identity& asker) {
        const auto renewed = renew(asker);
        REQUIRE_FALSE(renewed);
        return renewed.error().code;
    }

    test::TestMeshCa mesh;
    test::MemoryInviteStore store;
    RenewalDesk desk{mesh.ca, store, mesh.clock};
};

}  // namespace

TEST_CASE("a certificate that has lived two thirds is renewed for the same key, name and labels", "[enrol]") {
    Scene scene;
    const auto old = scene.enrol("fra-1");
    CHECK(scene.refusal(old) == Code::InvalidInput);  // too early
    scene.mesh.clock.advance(61 * kDay);
    const auto der = scene.renew(old);
    REQUIRE(der);
    const auto renewed = crypto::renewed_identity(old, *der, scene.mesh.trust);
    REQUIRE(renewed);
    CHECK(renewed->member().not_after == scene.mesh.clock.wall_now() + crypto::kCertificateLife);
    const auto known = scene.store.find_agent("fra-1");
    REQUIRE(*known);
    CHECK((*known)->serial == renewed->member().serial);
    CHECK((*known)->labels.at("region") == "eu");
}

TEST_CASE("asking again is answered with the same certificate", "[enrol]") {
    Scene scene;
    const auto old = scene.enrol("fra-1");
    scene.mesh.clock.advance(61 * kDay);
    const auto first = scene.renew(old);
    REQUIRE(first);
    scene.mesh.clock.advance(1h);
    CHECK(scene.renew(old) == first);
    CHECK(scene.store.agents_of(kNoInvite)->size() == 1);
}

TEST_CASE("a renewal spends no invite, and is revoked with the name", "[enrol]") {
    Scene scene;
    const auto old = scene.enrol("fra-1");
    scene.mesh.clock.advance(61 * kDay);
    const auto renewed = crypto::renewed_identity(old, *scene.renew(old), scene.mesh.trust);
    REQUIRE(renewed);
    CHECK(scene.store.agents_of(scene.store.invites()->front().id)->size() == 1);
    const auto target = find_for_revocation("fra-1", scene.store, scene.mesh.clock.wall_now());
    REQUIRE(target);
    CHECK(target->serials.size() == 2);
    const auto list = revoke(*target, scene.mesh.ca, scene.store, scene.mesh.clock);
    REQUIRE(list);
    REQUIRE(scene.mesh.trust.update_revocations(*list));
    CHECK_FALSE(scene.mesh.trust.verify(renewed->certificate_der()));
    CHECK_FALSE(scene.mesh.trust.verify(old.certificate_der()));
}

TEST_CASE("who is revoked, expired, of another mesh or another key is not renewed", "[enrol]") {
    Scene scene;
    const auto revoked = scene.enrol("fra-1");
    const auto taken_over = scene.enrol("fra-2");
    const auto fresh = scene.enrol("fra-2");
    const auto expired = scene.enrol("fra-3");
    const auto stranger = scene.mesh.agent("fra-4");
    const auto target = find_for_revocation("fra-1", scene.store, scene.mesh.clock.wall_now());
    REQUIRE(revoke(*target, scene.mesh.ca, scene.store, scene.mesh.clock));
    scene.mesh.clock.advance(61 * kDay);
    CHECK(scene.refusal(revoked) == Code::Unauthorized);
    CHECK(scene.refusal(taken_over) == Code::Unauthorized);
    CHECK(scene.refusal(stranger) == Code::Unauthorized);
    CHECK(scene.renew(fresh));
    // In somebody else's name, or with somebody else's key.
    CHECK_FALSE(scene.desk.renew(fresh.member(), crypto::renewal_request(expired)));
    CHECK_FALSE(scene.desk.renew(fresh.member(), crypto::NodeKey::generate().signing_request("fra-2")));
    CHECK_FALSE(scene.desk.renew(fresh.member(), "noise"));
    const test::TestMeshCa other("beta");
    CHECK(scene.refusal(other.agent("fra-1")) == Code::Unauthorized);
    scene.mesh.clock.advance(30 * kDay);
    CHECK(scene.refusal(expired) == Code::Unauthorized);
}

TEST_CASE("a certificate that could not be remembered is not given away", "[enrol]") {
    Scene scene;
    const auto old = scene.enrol("fra-1");
    scene.mesh.clock.advance(61 * kDay);
    scene.store.refuse_agents = true;
    CHECK_FALSE(scene.renew(old));
}

TEST_CASE("a thousand agents that ask at once do not hold up the run beside", "[enrol]") {
    Scene scene;
    std::vector<crypto::Identity> agents;
    for (unsigned i = 0; i < RenewalDesk::kMostPerSecond + 5; ++i)
        agents.push_back(scene.enrol("a-" + std::to_string(i)));
    scene.mesh.clock.advance(61 * kDay);
    unsigned granted = 0;
    for (const auto& agent : agents) granted += scene.renew(agent) ? 1 : 0;
    CHECK(granted == RenewalDesk::kMostPerSecond);
    CHECK(scene.refusal(agents.back()) == Code::Overloaded);
    scene.mesh.clock.advance(1s);
    CHECK(scene.renew(agents.back()));
}

TEST_CASE("the controller that holds the CA renews itself, also too late, but not when it is revoked", "[enrol]") {
    Scene scene;
    const auto own = scene.mesh.controller("laptop");
    scene.mesh.clock.advance(95 * kDay);
    const auto der = scene.desk.renew_own(own);
    REQUIRE(der);
    const auto renewed = crypto::renewed_identity(own, *der, scene.mesh.trust);
    REQUIRE(renewed);
    const auto target = find_for_revocation("laptop", scene.store, scene.mesh.clock.wall_now());
    REQUIRE(target);
    REQUIRE(revoke(*target, scene.mesh.ca, scene.store, scene.mesh.clock));
    CHECK_FALSE(scene.desk.renew_own(*renewed));
}

TEST_CASE("a controller's request that somebody repeats gives no second certificate", "[enrol]") {
    Scene scene;
    const auto ci = scene.mesh.controller("ci");
    REQUIRE(scene.store.add_controller(issued_controller(ci.member())));
    scene.mesh.clock.advance(61 * kDay);
    REQUIRE(scene.renew(ci));
    CHECK(scene.refusal(ci) == Code::Overloaded);
    scene.mesh.clock.advance(1h);
    CHECK(scene.renew(ci));
}
