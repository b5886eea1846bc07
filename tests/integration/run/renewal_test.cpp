// Certificates that grow old in the middle of a run.
#include <catch2/catch.hpp>

#include "controller/enrol/add_controller.h"
#include "controller/store/store.h"
#include "tests/integration/run/run_mesh.h"

using namespace culvert;
using namespace culvert::test;

namespace {

constexpr Duration kDay = std::chrono::hours(24);

crypto::Member on_disk(const std::string& file) {
    const auto identity = crypto::Identity::load(file);
    REQUIRE(identity);
    return identity->member();
}

}  // namespace

TEST_CASE("a run renews the certificates of its agents and of its own controller, and nobody notices", "[run]") {
    RunMesh mesh;
    MeshAgent& agent = mesh.add_agent("a1");
    agent.kill();
    const crypto::Identity old_agent = mesh.relay().node("a1", Role::Agent, 70 * kDay);
    const crypto::Identity old_controller = mesh.relay().node("ops", Role::Controller, 70 * kDay);
    REQUIRE(old_agent.save(agent.identity_file()));
    REQUIRE(old_controller.save(mesh.config().identity));
    agent.start();

    const std::string ca = mesh.folder().file("mesh-ca.pem"), key = mesh.folder().file("mesh-ca.key");
    REQUIRE(mesh.relay().ca().save(ca, key));
    mesh.config().mesh_ca.emplace();
    mesh.config().mesh_ca->certificate = ca;
    mesh.config().mesh_ca->key = key;
    const auto store = store::Store::open(mesh.config().store);
    REQUIRE(store);
    controller::enrol::Invite invite;
    invite.id.bytes[0] = 1;
    REQUIRE((*store)->invites().add_invite(invite));
    controller::enrol::EnrolledAgent enrolled;
    enrolled.name = "a1";
    enrolled.id = old_agent.member().id;
    enrolled.invite = invite.id;
    enrolled.serial = old_agent.member().serial;
    enrolled.certificate_der = old_agent.certificate_der();
    enrolled.expires = old_agent.member().not_after;
    REQUIRE((*store)->invites().add_agent(enrolled));

    const auto end = mesh.run(mesh.request(mesh.plan("constant_rate: { rate: 50/s, for: 2s }"), 1), store->get());
    INFO(mesh.watcher.told());
    REQUIRE(end);
    CHECK(requests_of(end->result) == 100);
    CHECK_FALSE(mesh.watcher.heard("agent_lost"));
    const crypto::Member agent_now = on_disk(agent.identity_file());
    CHECK(agent_now.serial != old_agent.member().serial);
    CHECK(agent_now.id == old_agent.member().id);
    CHECK(on_disk(mesh.config().identity).serial != old_controller.member().serial);
    const auto known = (*store)->invites().find_agent("a1");
    REQUIRE(known);
    REQUIRE(*known);
    CHECK((*known)->serial == agent_now.serial);
    CHECK((*store)->invites().agents_of(invite.id)->size() == 1);
    CHECK((*store)->invites().controllers()->size() == 2);
}
