#include "common/crypto/renewal.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "common/crypto/renewal_message.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/test_mesh_ca.h"

using namespace culvert;
using namespace culvert::crypto;
using culvert::test::TestMeshCa;
using namespace std::chrono_literals;

namespace {

constexpr Duration kDay = 24h;

// As a controller that holds the CA signs it.
std::string signed_again(const TestMeshCa& mesh, const Identity& identity, const std::string& name, Role role) {
    const auto issued = mesh.ca.issue(renewal_request(identity), {.name = name, .role = role}, mesh.clock);
    REQUIRE(issued);
    return issued->der;
}

}  // namespace

TEST_CASE("a certificate is due at two thirds of its life, however short that is", "[crypto]") {
    const TestMeshCa mesh;
    const WallTime now = mesh.clock.wall_now();
    CHECK(renewal_due(mesh.agent("fra-1").member()) == now + 60 * kDay);
    CHECK(renewal_due(mesh.node("fra-2", Role::Agent, 30s).member()) == now + 20s);
}

TEST_CASE("a renewed identity has the same key and name, and lives longer", "[crypto]") {
    TestMeshCa mesh;
    const Identity old = mesh.agent("fra-1");
    mesh.clock.advance(61 * kDay);
    const auto renewed = renewed_identity(old, signed_again(mesh, old, "fra-1", Role::Agent), mesh.trust);
    REQUIRE(renewed);
    CHECK(renewed->member().id == old.member().id);
    CHECK(renewed->member().serial != old.member().serial);
    CHECK(renewed->member().not_after == old.member().not_after + 61 * kDay);
    CHECK(*renewed->sign("hello") == *old.sign("hello"));
}

TEST_CASE("a certificate that is not ours, or gains nothing, is not taken for a renewed one", "[crypto]") {
    TestMeshCa mesh;
    const TestMeshCa other;
    const Identity old = mesh.agent("fra-1");
    CHECK_FALSE(renewed_identity(old, old.certificate_der(), mesh.trust));
    mesh.clock.advance(61 * kDay);
    CHECK_FALSE(renewed_identity(old, signed_again(mesh, old, "fra-2", Role::Agent), mesh.trust));
    CHECK_FALSE(renewed_identity(old, signed_again(mesh, old, "fra-1", Role::Controller), mesh.trust));
    CHECK_FALSE(renewed_identity(old, mesh.agent("fra-1").certificate_der(), mesh.trust));
    CHECK_FALSE(renewed_identity(old, signed_again(other, old, "fra-1", Role::Agent), mesh.trust));
    CHECK_FALSE(renewed_identity(old, "noise", mesh.trust));
}

TEST_CASE("a renewed identity takes its file's place for its owner only, but not that of another one", "[crypto]") {
    const test::TemporaryFolder folder;
    TestMeshCa mesh;
    const std::string file = folder.file("identity.pem");
    const Identity old = mesh.agent("fra-1");
    REQUIRE(old.save(file));
    mesh.clock.advance(61 * kDay);
    const auto renewed = renewed_identity(old, signed_again(mesh, old, "fra-1", Role::Agent), mesh.trust);
    REQUIRE(renewed);
    REQUIRE(replace_identity_file(file, old, *renewed));
    struct stat info {};
    REQUIRE(::stat(file.c_str(), &info) == 0);
    CHECK((info.st_mode & 07777) == 0600);
    CHECK(Identity::load(file)->member().serial == renewed->member().serial);

    REQUIRE(mesh.agent("fra-9").save(file));
    CHECK_FALSE(replace_identity_file(file, *renewed, *renewed));
    CHECK(Identity::load(file)->member().name == "fra-9");
}

TEST_CASE("the day on which a certificate ends is told, and how to mend one that has ended", "[crypto]") {
    TestMeshCa mesh;
    const Identity agent = mesh.agent("fra-1");
    const WallTime end = agent.member().not_after;
    CHECK(expiry_text(end, end - 9 * kDay) == "expires 2026-05-30, in 9 days");
    CHECK(expiry_text(end, end + 2 * kDay) == "expired 2026-05-30, 2 days ago");
    mesh.clock.advance(91 * kDay);
    const auto refused = mesh.trust.verify(agent.certificate_der());
    REQUIRE_FALSE(refused);
    CHECK_THAT(refused.error().message, Catch::Contains("expired") && Catch::Contains("culvert invite") &&
                                            Catch::Contains("culvert-agent join TOKEN --force"));
}

TEST_CASE("a controller's question is believed for its signature, while it is fresh", "[crypto]") {
    TestMeshCa mesh;
    const Identity ci = mesh.controller("ci");
    const WallTime now = mesh.clock.wall_now();
    const auto question = encode_renewal_question(ci, now);
    REQUIRE(question);
    CHECK(is_renewal(*question));
    const auto opened = open_renewal_question(*question, mesh.trust, now + 5min);
    REQUIRE(opened);
    CHECK(opened->shown.name == "ci");
    CHECK(opened->shown.role == Role::Controller);
    CHECK(read_signing_request(opened->signing_request)->id == ci.member().id);

    CHECK_FALSE(open_renewal_question(*question, mesh.trust, now + 11min));
    CHECK_FALSE(open_renewal_question(*question, mesh.trust, now - 11min));
    for (std::size_t at = 0; at < question->size(); ++at) {
        std::string altered = *question;
        altered[at] = static_cast<char>(altered[at] ^ 1);
        CHECK_FALSE(open_renewal_question(altered, mesh.trust, now));
        CHECK_FALSE(open_renewal_question(question->substr(0, at), mesh.trust, now));
    }
    CHECK_FALSE(open_renewal_question(*question, TestMeshCa("beta").trust, now));
    mesh.revoke(ci);
    CHECK_FALSE(open_renewal_question(*question, mesh.trust, now));
}

TEST_CASE("an answer to a renewal comes out as it went in, and noise is refused", "[crypto]") {
    const auto granted = parse_renewal_answer(encode_renewal_answer({"certificate", ""}));
    REQUIRE(granted);
    CHECK(granted->certificate_der == "certificate");
    const auto refused = parse_renewal_answer(encode_renewal_answer({"", "not now"}));
    REQUIRE(refused);
    CHECK(refused->refusal == "not now");
    CHECK_FALSE(parse_renewal_answer(""));
    CHECK_FALSE(parse_renewal_answer("R"));
    CHECK_FALSE(parse_renewal_answer(encode_renewal_answer({"certificate", ""}) + "x"));
}
