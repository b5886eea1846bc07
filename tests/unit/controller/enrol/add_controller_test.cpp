#include "controller/enrol/add_controller.h"

#include <fstream>

#include <catch2/catch.hpp>

#include "tests/support/memory_invite_store.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/test_mesh_ca.h"

using namespace culvert;
using namespace culvert::controller::enrol;

namespace {

config::ControllerConfig own_config() {
    config::ControllerConfig config;
    config.mesh = "acme";
    config.tunnel.relays = {"wss://relay.example.com/mesh"};
    config.tunnel.proxy.source = config::ProxyConfig::Source::Urls;
    config.tunnel.proxy.urls = {"http://proxy.corp:3128"};
    config.mesh_ca = config::MeshCaConfig{"mesh-ca.pem", "mesh-ca.key"};
    return config;
}

}  // namespace

TEST_CASE("another controller gets an identity of its own and no key of the mesh CA", "[enrol]") {
    const test::TemporaryFolder folder;
    test::TestMeshCa mesh;
    test::MemoryInviteStore store;
    const auto added = add_controller("ci", folder.file("ci"), own_config(), mesh.ca, store, mesh.clock);
    REQUIRE(added);
    const auto identity = crypto::Identity::load(folder.file("ci/identity.pem"));
    REQUIRE(identity);
    CHECK(mesh.trust.verify(identity->certificate_der(), Role::Controller));
    CHECK(identity->member().id == added->id);
    CHECK(store.controllers()->at(0) == *added);
    const auto config = config::load_controller_config(folder.file("ci/controller.yaml"));
    REQUIRE(config);
    CHECK(config->name == "ci");
    CHECK(config->tunnel.relays == own_config().tunnel.relays);
    CHECK_FALSE(config->mesh_ca);
    CHECK(config->tunnel.proxy.urls.empty());  // that host may have another
}

TEST_CASE("a controller's name is given once, and no file is replaced", "[enrol]") {
    const test::TemporaryFolder folder;
    test::TestMeshCa mesh;
    test::MemoryInviteStore store;
    const auto add = [&](const std::string& name, const std::string& into) {
        const auto added = add_controller(name, folder.file(into), own_config(), mesh.ca, store, mesh.clock);
        return added ? std::string() : added.error().message;
    };
    REQUIRE(add("ci", "ci").empty());
    CHECK_THAT(add("ci", "other"), Catch::Contains("a controller has the name ci already"));
    CHECK_THAT(add("cd", "ci"), Catch::Contains("identity.pem exists already; choose another folder"));
    CHECK_THAT(add("c d", "new"), Catch::Contains("c d"));
    std::ofstream(folder.file("file")) << "x";
    CHECK_THAT(add("cd", "file"), Catch::Contains("making the folder"));
    CHECK(store.controllers()->size() == 1);
}
