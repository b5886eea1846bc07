#include "agent/enrol/state_folder.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "common/crypto/digest.h"
#include "common/crypto/hex.h"
#include "common/crypto/key_file.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/test_mesh_ca.h"

using namespace culvert;
using namespace culvert::agent::enrol;
using culvert::test::TemporaryFolder;
using culvert::test::TestMeshCa;

namespace {

crypto::JoinToken token_for(const std::string& mesh) {
    crypto::JoinToken token;
    token.mesh = mesh;
    token.relays = {"wss://relay.example.com/mesh"};
    return token;
}

}  // namespace

TEST_CASE("a join leaves an identity and a configuration that loads", "[enrol]") {
    const TemporaryFolder folder;
    const TestMeshCa mesh;
    auto token = token_for("acme");
    token.web_pin = crypto::sha256("web");
    const std::string state = folder.file("deep/state");
    REQUIRE(prepare_folder(state, token));
    CHECK_FALSE(find_identity(state)->has_value());
    JoinOptions options{
        .name = "fra-1", .weight = 4, .allow = {"*.acme.test:443"}, .proxy = {}, .extra_ca = {"/etc/corp.pem"}};
    options.proxy.source = config::ProxyConfig::Source::Urls;
    options.proxy.urls = {"http://proxy.corp:3128"};
    options.proxy.username = "CORP\\svc";
    options.proxy.password.file = "/run/secrets/proxy";
    const Enrolled enrolled{mesh.agent("fra-1"), {{"region", "eu"}}, false};
    const auto files = save_enrolment(state, enrolled, token, options);
    REQUIRE(files);
    CHECK_FALSE(files->config_kept);
    struct stat status {};
    REQUIRE(::stat(files->identity_file.c_str(), &status) == 0);
    CHECK((status.st_mode & 07777) == 0600);

    const auto config = config::load_agent_config(files->config_file);
    REQUIRE(config);
    CHECK(config->name == "fra-1");
    CHECK(config->weight == 4);
    CHECK(config->identity == files->identity_file);
    CHECK(config->labels == config::Labels{{"region", "eu"}});
    CHECK(config->charter->targets == std::vector<std::string>{"*.acme.test:443"});
    CHECK(config->tunnel.proxy == options.proxy);
    CHECK(config->tunnel.extra_ca == options.extra_ca);
    CHECK(config->tunnel.pin_sha256 == std::vector<std::string>{crypto::octets_to_hex(*token.web_pin)});
    CHECK(find_identity(state)->value().member().name == "fra-1");
}

TEST_CASE("a configuration that was there before stays as its owner wrote it", "[enrol]") {
    const TemporaryFolder folder;
    const TestMeshCa mesh;
    const std::string own = "mesh: acme\nname: mine\ntunnel: { relays: [ \"wss://other.example.com/mesh\" ] }\n";
    REQUIRE(crypto::write_file_atomically(folder.file("agent.yaml"), own, crypto::Access::Everyone));
    REQUIRE(prepare_folder(folder.path(), token_for("acme")));
    const auto files = save_enrolment(folder.path(), {mesh.agent("mine"), {}, false}, token_for("acme"),
                                      {.name = "mine", .weight = {}, .allow = {}, .proxy = {}, .extra_ca = {}});
    REQUIRE(files);
    CHECK(files->config_kept);
    CHECK(crypto::read_public_file(folder.file("agent.yaml")) == own);
}

TEST_CASE("a join that broke off is made again with the same key, until there is an identity", "[enrol]") {
    const TemporaryFolder folder;
    const TestMeshCa mesh;
    const auto first = joining_key(folder.path());
    REQUIRE(first);
    struct stat status {};
    REQUIRE(::stat(folder.file("joining.key").c_str(), &status) == 0);
    CHECK((status.st_mode & 07777) == 0600);
    CHECK(joining_key(folder.path())->id() == first->id());
    REQUIRE(save_enrolment(folder.path(), {mesh.agent("fra-1"), {}, false}, token_for("acme"),
                           {.name = "fra-1", .weight = {}, .allow = {}, .proxy = {}, .extra_ca = {}}));
    CHECK(joining_key(folder.path())->id() != first->id());
}

TEST_CASE("a joining key that is damaged is named with its file", "[enrol]") {
    const TemporaryFolder folder;
    REQUIRE(crypto::write_file_atomically(folder.file("joining.key"), "noise", crypto::Access::OwnerOnly));
    CHECK_THAT(joining_key(folder.path()).error().message,
               Catch::StartsWith(folder.file("joining.key")) && Catch::EndsWith("remove the file"));
}

TEST_CASE("a folder of one mesh is not joined to another", "[enrol]") {
    const TemporaryFolder folder;
    const TestMeshCa mesh;
    REQUIRE(mesh.agent("fra-1").save(folder.file("identity.pem")));
    CHECK(prepare_folder(folder.path(), token_for("acme")));
    CHECK(prepare_folder(folder.path(), token_for("beta")).error().message ==
          "this join token is for mesh beta, this agent is fra-1 of mesh acme (" + folder.path() +
              "); for a second agent: --state ANOTHER-FOLDER");
    const TemporaryFolder other;
    REQUIRE(crypto::write_file_atomically(other.file("agent.yaml"),
                                          "mesh: acme\ntunnel: { relays: [ \"wss://r.test/mesh\" ] }\n",
                                          crypto::Access::Everyone));
    CHECK_THAT(prepare_folder(other.path(), token_for("beta")).error().message,
               Catch::Contains("is for mesh beta") && Catch::Contains("is for mesh acme"));
}

TEST_CASE("a folder that cannot be made is named", "[enrol]") {
    const TemporaryFolder folder;
    REQUIRE(crypto::write_file_atomically(folder.file("file"), "x", crypto::Access::Everyone));
    CHECK_THAT(prepare_folder(folder.file("file"), token_for("acme")).error().message,
               Catch::StartsWith("making the folder " + folder.file("file")));
}

TEST_CASE("an identity that cannot be used is an error, not an absence", "[enrol]") {
    const TemporaryFolder folder;
    REQUIRE(crypto::write_file_atomically(folder.file("identity.pem"), "noise", crypto::Access::OwnerOnly));
    CHECK_FALSE(find_identity(folder.path()));
}
