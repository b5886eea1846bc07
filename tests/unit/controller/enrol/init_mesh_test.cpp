#include "controller/enrol/init_mesh.h"

#include <sys/stat.h>

#include <filesystem>

#include <catch2/catch.hpp>

#include "common/config/node_config.h"
#include "common/crypto/hex.h"
#include "common/crypto/identity.h"
#include "common/crypto/key_file.h"
#include "common/crypto/mesh_ca.h"
#include "common/crypto/pem.h"
#include "tests/support/fake_clock.h"
#include "tests/support/temporary_folder.h"

using namespace culvert;
using namespace culvert::controller::enrol;

namespace {

const test::FakeClock kClock;

InitOptions options(const test::TemporaryFolder& folder, const std::string& relay) {
    InitOptions options;
    options.folder = folder.file("acme");
    options.mesh = "acme";
    options.relay_url = relay;
    options.controller_name = "laptop";
    return options;
}

unsigned mode_of(const std::string& file) {
    struct stat status {};
    REQUIRE(::stat(file.c_str(), &status) == 0);
    return status.st_mode & 07777;
}

}  // namespace

TEST_CASE("a new mesh has all its files, its configurations load, and its controller belongs to it", "[enrol]") {
    const test::TemporaryFolder folder;
    const auto mesh = init_mesh(options(folder, "wss://relay.example.com/mesh"), kClock);
    REQUIRE(mesh);
    const std::string at = folder.file("acme");
    CHECK(mesh->files ==
          std::vector<std::string>{"mesh-ca.pem", "mesh-ca.key", "identity.pem", "relay.yaml", "controller.yaml"});
    CHECK(mesh->relay_files == std::vector<std::string>{"mesh-ca.pem", "relay.yaml"});
    CHECK_FALSE(mesh->web_pin);
    CHECK(mode_of(at + "/mesh-ca.key") == 0600);
    CHECK(mode_of(at + "/identity.pem") == 0600);

    const auto controller = config::load_controller_config(at + "/controller.yaml");
    REQUIRE(controller);
    CHECK(controller->mesh == "acme");
    CHECK(controller->tunnel.relays == std::vector<std::string>{"wss://relay.example.com/mesh"});
    const auto ca = crypto::MeshCa::load(controller->mesh_ca->certificate, controller->mesh_ca->key);
    REQUIRE(ca);
    CHECK(crypto::octets_to_hex(ca->sha256()) == mesh->mesh_ca_sha256);
    const auto identity = crypto::Identity::load(controller->identity);
    REQUIRE(identity);
    const auto trust = crypto::MeshTrust::from_pem(ca->certificate_pem(), "acme", kClock);
    REQUIRE(trust);
    CHECK(trust->verify(identity->certificate_der(), Role::Controller)->name == "laptop");

    const auto relay = config::load_relay_config(at + "/relay.yaml");
    REQUIRE(relay);
    CHECK(relay->url == "wss://relay.example.com/mesh");
    CHECK(relay->listen == std::vector<std::string>{"[::]:443"});
    CHECK(relay->tls->certificate == at + "/fullchain.pem");
}

TEST_CASE("a laboratory's mesh gets a web certificate that the controller pins", "[enrol]") {
    const test::TemporaryFolder folder;
    const auto mesh = init_mesh(options(folder, "wss://localhost:8443"), kClock);
    REQUIRE(mesh);
    const std::string at = folder.file("acme");
    CHECK(mesh->relay_url == "wss://localhost:8443/mesh");
    CHECK(mode_of(at + "/web.key") == 0600);
    const auto web = crypto::certificate_der_of(*crypto::read_public_file(at + "/web.pem"));
    REQUIRE(web);
    CHECK(mesh->web_pin == crypto::octets_to_hex(*crypto::public_key_sha256(*web)));
    CHECK(config::load_controller_config(at + "/controller.yaml")->tunnel.pin_sha256 ==
          std::vector<std::string>{*mesh->web_pin});
    const auto relay = config::load_relay_config(at + "/relay.yaml");
    REQUIRE(relay);
    CHECK(relay->listen == std::vector<std::string>{"127.0.0.1:8443"});
    CHECK(relay->tls->key == at + "/web.key");
}

TEST_CASE("the controller's own way out is written into its configuration", "[enrol]") {
    const test::TemporaryFolder folder;
    InitOptions behind_proxy = options(folder, "wss://relay.example.com/mesh");
    behind_proxy.proxy.source = config::ProxyConfig::Source::Urls;
    behind_proxy.proxy.urls = {"http://proxy.corp:3128"};
    behind_proxy.extra_ca = {"/etc/corp.pem"};
    REQUIRE(init_mesh(behind_proxy, kClock));
    const auto controller = config::load_controller_config(folder.file("acme/controller.yaml"));
    REQUIRE(controller);
    CHECK(controller->tunnel.proxy == behind_proxy.proxy);
    CHECK(controller->tunnel.extra_ca == behind_proxy.extra_ca);
}

TEST_CASE("a mesh is never made over another one, and nothing is left half made", "[enrol]") {
    const test::TemporaryFolder folder;
    REQUIRE(init_mesh(options(folder, "wss://relay.example.com/mesh"), kClock));
    const auto before = crypto::read_private_file(folder.file("acme/mesh-ca.key"));
    const auto again = init_mesh(options(folder, "wss://relay.example.com/mesh"), kClock);
    REQUIRE_FALSE(again);
    CHECK(again.error().message ==
          folder.file("acme") + "/mesh-ca.pem exists already: this folder holds a mesh; choose another one");
    CHECK(crypto::read_private_file(folder.file("acme/mesh-ca.key")) == before);
}

TEST_CASE("what cannot be a relay's URL or a mesh's name makes no file", "[enrol]") {
    const test::TemporaryFolder folder;
    for (const char* relay : {"relay.example.com", "https://relay.example.com/mesh", "ws://relay.example.com/mesh",
                              "wss://u@relay.example.com/mesh", "wss://:443/mesh", ""}) {
        INFO(relay);
        const auto refused = init_mesh(options(folder, relay), kClock);
        REQUIRE_FALSE(refused);
        CHECK_THAT(refused.error().message, Catch::StartsWith("--relay"));
    }
    auto bad = options(folder, "wss://relay.example.com/mesh");
    bad.mesh = "a b";
    CHECK_FALSE(init_mesh(bad, kClock));
    CHECK_FALSE(std::filesystem::exists(folder.file("acme")));
}

TEST_CASE("a mesh is called after its folder unless that is no name", "[enrol]") {
    CHECK(default_mesh_name("/srv/acme") == "acme");
    CHECK(default_mesh_name("/srv/acme/") == "acme");
    CHECK(default_mesh_name("/srv/a b") == "mesh");
    CHECK(default_mesh_name("/") == "mesh");
}
