#include "common/crypto/identity.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "common/crypto/digest.h"
#include "common/crypto/key_file.h"
#include "common/crypto/pem.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/test_mesh_ca.h"

using namespace culvert;
using namespace culvert::crypto;
using culvert::test::TestMeshCa;

TEST_CASE("an identity comes back from its file as it was", "[crypto]") {
    const test::TemporaryFolder folder;
    const TestMeshCa mesh;
    const Identity saved = mesh.agent("fra-1");
    REQUIRE(saved.save(folder.file("identity.pem")));
    const auto loaded = Identity::load(folder.file("identity.pem"));
    REQUIRE(loaded);
    CHECK(loaded->member().name == "fra-1");
    CHECK(loaded->member().mesh == "acme");
    CHECK(loaded->member().role == Role::Agent);
    CHECK(loaded->member().id == saved.member().id);
    CHECK(loaded->certificate_der() == saved.certificate_der());
    CHECK(loaded->mesh_ca_pem() == mesh.ca.certificate_pem());
}

TEST_CASE("an identity file that others can read is refused", "[crypto]") {
    const test::TemporaryFolder folder;
    const TestMeshCa mesh;
    REQUIRE(mesh.agent("fra-1").save(folder.file("identity.pem")));
    REQUIRE(::chmod(folder.file("identity.pem").c_str(), 0640) == 0);
    CHECK_THAT(Identity::load(folder.file("identity.pem")).error().message, Catch::Contains("chmod 600"));
}

TEST_CASE("an identity file whose parts do not belong together is refused", "[crypto]") {
    const test::TemporaryFolder folder;
    const TestMeshCa mesh;
    const TestMeshCa other("beta");
    const NodeKey key = NodeKey::generate();
    const auto issued = mesh.ca.issue(key.signing_request("fra-1"), {.name = "fra-1"}, mesh.clock);
    REQUIRE(issued);
    CHECK_THAT(make_identity(NodeKey::generate(), issued->der, mesh.ca.certificate_pem()).error().message,
               Catch::Contains("another key"));
    CHECK_THAT(make_identity(key, issued->der, other.ca.certificate_pem()).error().message,
               Catch::Contains("not signed by the mesh CA"));
    CHECK_THAT(make_identity(key, mesh.ca.certificate_der(), mesh.ca.certificate_pem()).error().message,
               Catch::Contains("not a node's certificate"));

    REQUIRE(write_file_atomically(folder.file("half.pem"), key.to_pem() + *certificate_pem_of(issued->der),
                                  Access::OwnerOnly));
    CHECK_THAT(Identity::load(folder.file("half.pem")).error().message,
               Catch::Contains("mesh CA's certificate; this file does not"));
    REQUIRE(write_file_atomically(folder.file("noise.pem"),
                                  "-----BEGIN CERTIFICATE-----\n-----BEGIN CERTIFICATE-----\n", Access::OwnerOnly));
    CHECK_FALSE(Identity::load(folder.file("noise.pem")));
}

TEST_CASE("a node's id is the head of the digest of its public key", "[crypto]") {
    const TestMeshCa mesh;
    const Identity identity = mesh.agent("fra-1");
    const auto digest = public_key_sha256(identity.certificate_der());
    REQUIRE(digest);
    const auto& bytes = identity.member().id.bytes;
    CHECK(std::string(bytes.begin(), bytes.end()) == digest->substr(0, 16));
    CHECK(mesh.agent("fra-1").member().id != identity.member().id);
}

TEST_CASE("a signature verifies with its certificate and with nothing else", "[crypto]") {
    const TestMeshCa mesh;
    const Identity identity = mesh.agent("fra-1");
    const auto signature = identity.sign("hello");
    REQUIRE(signature);
    CHECK(mesh.trust.verify_signature(identity.certificate_der(), "hello", *signature)->name == "fra-1");
    CHECK_THAT(mesh.trust.verify_signature(identity.certificate_der(), "hullo", *signature).error().message,
               Catch::Contains("wrong signature"));
    CHECK_FALSE(mesh.trust.verify_signature(mesh.agent("fra-1").certificate_der(), "hello", *signature));
    CHECK_FALSE(mesh.trust.verify_signature(identity.certificate_der(), "hello", ""));
    CHECK_FALSE(mesh.trust.verify_signature(identity.certificate_der(), "hello", std::string(64, '\0')));
}

TEST_CASE("a private key of another kind or behind a password is refused without asking", "[crypto]") {
    CHECK_FALSE(
        NodeKey::from_pem("-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIGb\n-----END ENCRYPTED PRIVATE KEY-----\n"));
    CHECK_FALSE(NodeKey::from_pem(""));
}

TEST_CASE("a signing request proves that the asker holds its key", "[crypto]") {
    const NodeKey key = NodeKey::generate();
    std::string der = key.signing_request("fra-1");
    const auto request = read_signing_request(der);
    REQUIRE(request);
    CHECK(request->name == "fra-1");
    CHECK(request->id == key.id());
    der.back() = static_cast<char>(der.back() ^ 1);
    CHECK_THAT(read_signing_request(der).error().message, Catch::Contains("not signed by its own key"));
    CHECK_FALSE(read_signing_request(key.signing_request("fra-1") + "x"));
    CHECK_FALSE(read_signing_request(""));
    CHECK_FALSE(read_signing_request(std::string(kLargestSigningRequest + 1, '0')));
}
