// A mesh CA and nodes of it, in memory.
#pragma once

#include <string>

#include <catch2/catch.hpp>

#include "common/crypto/mesh_ca.h"
#include "common/crypto/node_key.h"
#include "tests/support/fake_clock.h"

namespace culvert::test {

struct TestMeshCa {
    explicit TestMeshCa(const std::string& mesh = "acme") : ca(made(mesh, clock)), trust(trusted(ca, clock)) {}
    TestMeshCa(const TestMeshCa&) = delete;
    TestMeshCa& operator=(const TestMeshCa&) = delete;

    crypto::Identity node(const std::string& name, Role role, Duration life = crypto::kCertificateLife) const {
        const crypto::NodeKey key = crypto::NodeKey::generate();
        const auto issued = ca.issue(key.signing_request(name), {.name = name, .role = role, .life = life}, clock);
        REQUIRE(issued);
        auto identity = crypto::make_identity(key, issued->der, ca.certificate_pem());
        REQUIRE(identity);
        return *identity;
    }
    crypto::Identity agent(const std::string& name) const { return node(name, Role::Agent); }
    crypto::Identity controller(const std::string& name) const { return node(name, Role::Controller); }

    // Revokes at the CA and tells `trust`.
    void revoke(const crypto::Identity& identity) {
        const std::string serials[] = {identity.member().serial};
        const auto crl = ca.revoke(trust.revocations_der(), serials, clock);
        REQUIRE(crl);
        REQUIRE(trust.update_revocations(*crl));
    }

    FakeClock clock;
    crypto::MeshCa ca;
    crypto::MeshTrust trust;

  private:
    static crypto::MeshCa made(const std::string& mesh, const Clock& clock) {
        auto ca = crypto::MeshCa::create(mesh, clock);
        REQUIRE(ca);
        return *ca;
    }
    static crypto::MeshTrust trusted(const crypto::MeshCa& ca, const Clock& clock) {
        auto trust = crypto::MeshTrust::from_pem(ca.certificate_pem(), ca.mesh(), clock);
        REQUIRE(trust);
        return *trust;
    }
};

}  // namespace culvert::test
