#include "controller/run/own_certificate.h"

#include <catch2/catch.hpp>

#include "common/crypto/renewal.h"
#include "controller/enrol/add_controller.h"
#include "tests/support/memory_invite_store.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/test_mesh_ca.h"

using namespace culvert;
using namespace std::chrono_literals;

namespace {

constexpr Duration kDay = 24h;

struct Scene {
    Scene() {
        REQUIRE(mesh.ca.save(folder.file("mesh-ca.pem"), folder.file("mesh-ca.key")));
        config.identity = folder.file("identity.pem");
        config.mesh = "acme";
        REQUIRE(mesh.controller("laptop").save(config.identity));
    }
    void with_ca() {
        config.mesh_ca.emplace();
        config.mesh_ca->certificate = folder.file("mesh-ca.pem");
        config.mesh_ca->key = folder.file("mesh-ca.key");
    }
    crypto::Member on_disk() const { return crypto::Identity::load(config.identity)->member(); }

    const test::TemporaryFolder folder;
    test::TestMeshCa mesh;
    test::MemoryInviteStore store;
    config::ControllerConfig config;
};

}  // namespace

TEST_CASE("a controller that holds the mesh CA's key renews itself when it starts, also when that is late", "[run]") {
    Scene scene;
    scene.with_ca();
    const std::string first = scene.on_disk().serial;
    REQUIRE(run::load_identity(scene.config, scene.mesh.clock, &scene.store));
    CHECK(scene.on_disk().serial == first);
    const Duration later = GENERATE(61 * kDay, 91 * kDay);
    scene.mesh.clock.advance(later);
    const auto who = run::load_identity(scene.config, scene.mesh.clock, &scene.store);
    REQUIRE(who);
    CHECK(scene.on_disk().serial != first);
    CHECK(who->identity.member().serial == scene.on_disk().serial);
    CHECK(scene.store.controllers()->size() == 2);  // both can be revoked
}

TEST_CASE("a revoked controller starts nothing, whatever it holds", "[run]") {
    Scene scene;
    scene.with_ca();
    const std::string serials[] = {scene.on_disk().serial};
    REQUIRE(scene.store.set_revocations(*scene.mesh.ca.revoke("", serials, scene.mesh.clock)));
    scene.mesh.clock.advance(61 * kDay);
    const auto who = run::load_identity(scene.config, scene.mesh.clock, &scene.store);
    REQUIRE_FALSE(who);
    CHECK_THAT(who.error().message, Catch::Contains("revoked"));
}

TEST_CASE("a controller without the mesh CA's key asks one that holds it, and uses the answer", "[run]") {
    Scene scene;
    auto asker = run::load_identity(scene.config, scene.mesh.clock, &scene.store);
    REQUIRE(asker);
    CHECK_FALSE(run::renewal_question(*asker, scene.mesh.clock));
    run::MeshIdentity holder{scene.mesh.controller("desk"), scene.mesh.trust};
    holder.renewals = std::make_shared<controller::enrol::RenewalDesk>(scene.mesh.ca, scene.store, scene.mesh.clock);
    scene.mesh.clock.advance(61 * kDay);
    CHECK_FALSE(run::renewal_question(holder, scene.mesh.clock));

    const std::string before = asker->identity.member().serial;
    const auto question = run::renewal_question(*asker, scene.mesh.clock);
    REQUIRE(question);
    CHECK(run::answer_renewal_question(*asker, *question, scene.mesh.clock).empty());  // holds no key
    CHECK(run::answer_renewal_question(holder, "R noise", scene.mesh.clock).empty());
    const std::string answer = run::answer_renewal_question(holder, *question, scene.mesh.clock);
    run::take_renewal_answer(*asker, "R noise", scene.mesh.clock);
    CHECK(asker->identity.member().serial == before);
    run::take_renewal_answer(*asker, answer, scene.mesh.clock);
    CHECK(asker->identity.member().serial != before);
    CHECK(scene.on_disk().serial == asker->identity.member().serial);
    CHECK_FALSE(run::renewal_question(*asker, scene.mesh.clock));

    // Somebody repeats the question, or the answer.
    run::take_renewal_answer(*asker, run::answer_renewal_question(holder, *question, scene.mesh.clock),
                             scene.mesh.clock);
    run::take_renewal_answer(*asker, answer, scene.mesh.clock);
    CHECK(scene.on_disk().serial == asker->identity.member().serial);
}
