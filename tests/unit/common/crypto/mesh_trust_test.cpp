#include <catch2/catch.hpp>

#include "common/crypto/identity.h"
#include "tests/support/test_mesh_ca.h"

using namespace culvert;
using namespace culvert::crypto;
using namespace std::chrono_literals;
using culvert::test::TestMeshCa;

TEST_CASE("a certificate of the mesh tells name, role, validity and serial", "[crypto]") {
    const TestMeshCa mesh;
    const auto member = mesh.trust.verify(mesh.agent("fra-1").certificate_der(), Role::Agent);
    REQUIRE(member);
    CHECK(member->name == "fra-1");
    CHECK(member->mesh == "acme");
    CHECK(member->not_before == mesh.clock.wall_now() - 5min);
    CHECK(member->not_after == mesh.clock.wall_now() + 90 * 24h);
    CHECK(member->serial.size() == 32);
    CHECK_FALSE(member->ephemeral);
}

TEST_CASE("the certificate of another mesh is refused as signed by another CA", "[crypto]") {
    const TestMeshCa mesh;
    const TestMeshCa other("beta");
    const auto refused = mesh.trust.examine(other.agent("fra-1").certificate_der(), std::nullopt);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().reason == RefusalReason::ForeignCa);
    CHECK(
        refused.error().error.message ==
        "the certificate of fra-1 of mesh beta is signed by another CA (\"beta mesh CA\"), not by the CA of mesh acme");
}

TEST_CASE("a CA of the same name but with another key is a foreign CA", "[crypto]") {
    const TestMeshCa mesh;
    const TestMeshCa again;
    CHECK(mesh.trust.examine(again.agent("fra-1").certificate_der(), std::nullopt).error().reason ==
          RefusalReason::ForeignCa);
    CHECK(mesh.trust.examine(again.ca.certificate_der(), std::nullopt).error().reason == RefusalReason::ForeignCa);
}

TEST_CASE("an expired certificate is refused with both times", "[crypto]") {
    TestMeshCa mesh;
    const Identity identity = mesh.agent("fra-1");
    mesh.clock.advance(90 * 24h + 3h);
    const auto refused = mesh.trust.examine(identity.certificate_der(), std::nullopt);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().reason == RefusalReason::Expired);
    CHECK(refused.error().error.message ==
          "the certificate of fra-1 of mesh acme expired 2026-05-30 12:00:00 UTC, 3 h ago; this clock says 2026-05-30 "
          "15:00:00 UTC. If the clock is right: a new join token is needed (where the mesh CA is: culvert invite; then "
          "here: culvert-agent join TOKEN --force)");
}

TEST_CASE("a certificate from the future is blamed on the clock, with both times", "[crypto]") {
    TestMeshCa mesh;
    const Identity identity = mesh.agent("fra-1");
    mesh.clock.set_wall(mesh.clock.wall_now() - 4min);
    CHECK(mesh.trust.verify(identity.certificate_der()));
    mesh.clock.set_wall(mesh.clock.wall_now() - 2h);
    const auto refused = mesh.trust.examine(identity.certificate_der(), Role::Controller);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().reason == RefusalReason::NotYetValid);
    CHECK_THAT(refused.error().error.message,
               Catch::Contains("valid from 2026-03-01 11:55:00 UTC, but this clock says 2026-03-01 09:56:00 UTC (1 h "
                               "59 min earlier): set the clock"));
}

TEST_CASE("an expired certificate of a foreign CA is refused for its CA, whose dates mean nothing here", "[crypto]") {
    TestMeshCa mesh;
    const TestMeshCa other("beta");
    const Identity identity = other.agent("fra-1");
    mesh.clock.advance(100 * 24h);
    CHECK(mesh.trust.examine(identity.certificate_der(), std::nullopt).error().reason == RefusalReason::ForeignCa);
}

TEST_CASE("an agent's certificate cannot act as a controller, nor a controller's as an agent", "[crypto]") {
    const TestMeshCa mesh;
    CHECK(mesh.trust.verify(mesh.agent("fra-1").certificate_der(), Role::Controller).error().message ==
          "fra-1 shows an agent's certificate, which cannot act as a controller");
    CHECK(mesh.trust.verify(mesh.controller("laptop").certificate_der(), Role::Agent).error().message ==
          "laptop shows a controller's certificate, which cannot act as an agent");
    CHECK(mesh.trust.verify(mesh.controller("laptop").certificate_der()));
}

TEST_CASE("an altered certificate never verifies", "[crypto]") {
    const TestMeshCa mesh;
    const std::string der = mesh.agent("fra-1").certificate_der();
    for (std::size_t i = 0; i < der.size(); ++i) {
        std::string altered = der;
        altered[i] = static_cast<char>(altered[i] ^ 1);
        INFO("octet " << i);
        REQUIRE_FALSE(mesh.trust.verify(altered));
    }
    CHECK_FALSE(mesh.trust.verify(der + "x"));
    CHECK_FALSE(mesh.trust.verify(""));
    CHECK_FALSE(mesh.trust.verify(std::string(100'000, '0')));
}

TEST_CASE("a revoked certificate is refused from the moment the list arrives, others are not", "[crypto]") {
    TestMeshCa mesh;
    const Identity lost = mesh.agent("old-7");
    const Identity kept = mesh.agent("fra-1");
    CHECK(mesh.trust.revocations_der().empty());
    mesh.revoke(lost);
    CHECK(mesh.trust.examine(lost.certificate_der(), std::nullopt).error().reason == RefusalReason::Revoked);
    CHECK_THAT(mesh.trust.verify(lost.certificate_der()).error().message,
               Catch::Contains("old-7 was revoked") && Catch::Contains("new token"));
    CHECK(mesh.trust.verify(kept.certificate_der()));
    mesh.clock.advance(1s);
    mesh.revoke(kept);
    CHECK(mesh.trust.revoked(kept.member().serial));
    CHECK(mesh.trust.revoked(lost.member().serial));
}

TEST_CASE("an older revocation list changes nothing", "[crypto]") {
    TestMeshCa mesh;
    const Identity first = mesh.agent("a");
    const Identity second = mesh.agent("b");
    mesh.revoke(first);
    const std::string older = mesh.trust.revocations_der();
    mesh.revoke(second);
    REQUIRE(mesh.trust.update_revocations(older));
    CHECK(mesh.trust.revoked(second.member().serial));
}

TEST_CASE("a revocation list that the mesh CA did not sign is refused", "[crypto]") {
    TestMeshCa mesh;
    const TestMeshCa again;
    const Identity identity = mesh.agent("fra-1");
    const std::string serials[] = {identity.member().serial};
    const auto forged = again.ca.revoke("", serials, again.clock);
    REQUIRE(forged);
    CHECK(mesh.trust.update_revocations(*forged).error().code == Code::Unauthorized);
    CHECK_FALSE(mesh.trust.update_revocations("noise"));
    CHECK_FALSE(mesh.trust.revoked(identity.member().serial));
}

TEST_CASE("the CA of another mesh is no trust for this one", "[crypto]") {
    const TestMeshCa mesh;
    CHECK(MeshTrust::from_pem(mesh.ca.certificate_pem(), "beta", mesh.clock).error().message ==
          "this is the CA of mesh acme, but the mesh here is beta");
    CHECK_FALSE(MeshTrust::from_pem("", "acme", mesh.clock));
}
