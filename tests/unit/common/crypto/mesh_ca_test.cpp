#include "common/crypto/mesh_ca.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "common/base/text.h"
#include "common/crypto/digest.h"
#include "common/crypto/pem.h"
#include "common/crypto/web_certificate.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/test_mesh_ca.h"

using namespace culvert;
using namespace culvert::crypto;
using namespace std::chrono_literals;
using culvert::test::TestMeshCa;

TEST_CASE("a mesh CA comes back from its files and its key is its owner's only", "[crypto]") {
    const test::TemporaryFolder folder;
    const TestMeshCa mesh;
    REQUIRE(mesh.ca.save(folder.file("mesh-ca.pem"), folder.file("mesh-ca.key")));
    struct stat status {};
    REQUIRE(::stat(folder.file("mesh-ca.key").c_str(), &status) == 0);
    CHECK((status.st_mode & 07777) == 0600);
    const auto loaded = MeshCa::load(folder.file("mesh-ca.pem"), folder.file("mesh-ca.key"));
    REQUIRE(loaded);
    CHECK(loaded->mesh() == "acme");
    CHECK(loaded->sha256() == sha256(mesh.ca.certificate_der()));
    CHECK_THAT(mesh.ca.save(folder.file("mesh-ca.pem"), folder.file("mesh-ca.key")).error().message,
               Catch::Contains("exists already"));
}

TEST_CASE("a CA certificate with another CA's key is refused", "[crypto]") {
    const test::TemporaryFolder folder;
    const TestMeshCa mesh;
    const TestMeshCa other;
    REQUIRE(mesh.ca.save(folder.file("a.pem"), folder.file("a.key")));
    REQUIRE(other.ca.save(folder.file("b.pem"), folder.file("b.key")));
    CHECK_THAT(MeshCa::load(folder.file("a.pem"), folder.file("b.key")).error().message,
               Catch::Contains("is not the key of"));
}

TEST_CASE("names that would not survive files, URLs and selectors are refused", "[crypto]") {
    const TestMeshCa mesh;
    CHECK_FALSE(MeshCa::create("", mesh.clock));
    CHECK_FALSE(MeshCa::create("a/b", mesh.clock));
    CHECK_FALSE(MeshCa::create(std::string(49, 'a'), mesh.clock));
    const std::string request = NodeKey::generate().signing_request("x");
    CHECK_FALSE(mesh.ca.issue(request, {.name = "fra 1"}, mesh.clock));
    CHECK_FALSE(mesh.ca.issue(request, {.name = "a,URI:culvert://acme/controller/a"}, mesh.clock));
    CHECK_FALSE(mesh.ca.issue(request, {.name = "-x"}, mesh.clock));
    CHECK(mesh.ca.issue(request, {.name = std::string(48, 'a')}, mesh.clock));
}

TEST_CASE("a certificate carries the granted name, not the one in the request", "[crypto]") {
    const TestMeshCa mesh;
    const auto issued = mesh.ca.issue(NodeKey::generate().signing_request("root"),
                                      {.name = "tmp-9", .ephemeral = true, .life = 1h}, mesh.clock);
    REQUIRE(issued);
    const auto member = mesh.trust.verify(issued->der);
    REQUIRE(member);
    CHECK(member->name == "tmp-9");
    CHECK(member->ephemeral);
    CHECK(member->not_after == mesh.clock.wall_now() + 1h);
    CHECK(issued->member.serial == member->serial);
}

TEST_CASE("no certificate outlives the mesh CA, and an expired CA issues none", "[crypto]") {
    TestMeshCa mesh;
    mesh.clock.advance(kMeshCaLife - 24h);
    const auto issued = mesh.ca.issue(NodeKey::generate().signing_request("x"), {.name = "x"}, mesh.clock);
    REQUIRE(issued);
    CHECK(issued->member.not_after < mesh.clock.wall_now() + 24h);
    mesh.clock.advance(48h);
    CHECK_THAT(mesh.ca.issue(NodeKey::generate().signing_request("x"), {.name = "x"}, mesh.clock).error().message,
               Catch::Contains("the CA of mesh acme expired"));
}

TEST_CASE("a signing request that was tampered with gets no certificate", "[crypto]") {
    const TestMeshCa mesh;
    std::string request = NodeKey::generate().signing_request("x");
    request.back() = static_cast<char>(request.back() ^ 1);
    CHECK_FALSE(mesh.ca.issue(request, {.name = "x"}, mesh.clock));
}

TEST_CASE("revocation lists grow in number and forget what has expired anyway", "[crypto]") {
    TestMeshCa mesh;
    const std::string first[] = {mesh.agent("a").member().serial};
    const auto one = mesh.ca.revoke("", first, mesh.clock);
    REQUIRE(one);
    const auto same = mesh.ca.revoke(*one, first, mesh.clock);
    REQUIRE(same);
    CHECK(parse_revocations(*same)->revocations.size() == 1);
    CHECK(parse_revocations(*same)->number > parse_revocations(*one)->number);
    CHECK(parse_revocations(*one)->revocations.front().serial == first[0]);
    CHECK(parse_revocations(*one)->issued == mesh.clock.wall_now());
    mesh.clock.advance(91 * 24h);
    const std::string second[] = {mesh.agent("b").member().serial};
    const auto later = mesh.ca.revoke(*same, second, mesh.clock);
    REQUIRE(later);
    REQUIRE(parse_revocations(*later)->revocations.size() == 1);
    CHECK(parse_revocations(*later)->revocations.front().serial == second[0]);
}

TEST_CASE("a serial that is none is refused", "[crypto]") {
    const TestMeshCa mesh;
    const std::string serials[] = {"not hex"};
    CHECK_FALSE(mesh.ca.revoke("", serials, mesh.clock));
}

TEST_CASE("a laboratory's web certificate is pinned by its public key", "[crypto]") {
    const TestMeshCa mesh;
    for (const char* host : {"localhost", "relay.test", "127.0.0.1", "::1"}) {
        INFO(host);
        const auto web = make_web_certificate(host, mesh.clock);
        REQUIRE(web);
        const auto der = certificate_der_of(web->certificate_pem);
        REQUIRE(der);
        CHECK(public_key_sha256(*der) == web->public_key_sha256);
        CHECK_THAT(web->key_pem, Catch::StartsWith("-----BEGIN PRIVATE KEY-----"));
        CHECK_FALSE(mesh.trust.verify(*der));
    }
    CHECK_FALSE(make_web_certificate("a b", mesh.clock));
    CHECK_FALSE(make_web_certificate("x,DNS:evil.test", mesh.clock));
}

TEST_CASE("only names that no public CA certifies are laboratories", "[crypto]") {
    CHECK(is_lab_host("localhost"));
    CHECK(is_lab_host("RELAY.test"));
    CHECK(is_lab_host("10.0.0.1"));
    CHECK(is_lab_host("::1"));
    CHECK_FALSE(is_lab_host("relay.example.com"));
    CHECK_FALSE(is_lab_host("contest"));
}

TEST_CASE("a revocation list that no envelope could carry is refused, and 400 revocations still fit", "[crypto]") {
    const TestMeshCa mesh;
    std::vector<std::string> serials;
    for (int i = 0; i < 400; ++i)
        serials.push_back("4a" + to_hex(std::vector<unsigned char>(15, static_cast<unsigned char>(i))).substr(4) +
                          (i < 256 ? "0a0a" : "0b0b"));
    const auto fits = mesh.ca.revoke("", serials, mesh.clock);
    REQUIRE(fits);
    CHECK(parse_revocations(*fits)->revocations.size() == 400);
    serials.clear();
    for (int i = 0; i < 256; ++i)
        serials.push_back("4b" + to_hex(std::vector<unsigned char>(15, static_cast<unsigned char>(i))));
    const auto full = mesh.ca.revoke(*fits, serials, mesh.clock);
    REQUIRE_FALSE(full);
    CHECK(full.error().code == Code::Overloaded);
    CHECK_THAT(full.error().message, Catch::Contains("the revocation list of mesh acme is full"));
}
