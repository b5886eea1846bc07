#include "tunnel/relay/stored_trust.h"

#include <filesystem>

#include <catch2/catch.hpp>

#include "tests/support/files.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/test_mesh_ca.h"
#include "tunnel/relay/certificate_files.h"

using namespace culvert;
using namespace culvert::test;
using namespace culvert::tunnel::relay;
using Catch::Matchers::Contains;
using tunnel::envelope::Reason;

namespace {

struct Stored {
    explicit Stored(TestMeshCa& its_mesh) : mesh(its_mesh) {
        write_file(folder.file("ca.pem"), mesh.ca.certificate_pem());
    }

    Result<StoredTrust> load() const {
        return StoredTrust::load(folder.file("ca.pem"), "acme", folder.file("acme.crl"), mesh.clock);
    }
    std::string crl_against(const crypto::Identity& identity, const std::string& previous = {}) const {
        const std::string serials[] = {identity.member().serial};
        return mesh.ca.revoke(previous, serials, mesh.clock).value();
    }

    TestMeshCa& mesh;
    TemporaryFolder folder;
};

Reason reason_for(const StoredTrust& trust, const crypto::Identity& identity, const std::string& text = "challenge",
                  const std::string& signed_by_it = "challenge") {
    const auto member = trust.verify(identity.certificate_der(), text, identity.sign(signed_by_it).value());
    REQUIRE_FALSE(member.has_value());
    return member.error().reason;
}

}  // namespace

TEST_CASE("a member of the mesh is recognised by certificate and signature", "[relay]") {
    TestMeshCa mesh;
    const auto trust = Stored(mesh).load();
    REQUIRE(trust.has_value());
    const auto identity = mesh.agent("fra-1");
    const auto member = trust->verify(identity.certificate_der(), "challenge", identity.sign("challenge").value());
    REQUIRE(member.has_value());
    CHECK(member->name == "fra-1");
    CHECK(reason_for(*trust, identity, "challenge", "another") == Reason::BadSignature);
}

TEST_CASE("each kind of distrust has its reason", "[relay]") {
    TestMeshCa mesh;
    TestMeshCa other_ca("acme");
    const auto trust = Stored(mesh).load();
    REQUIRE(trust.has_value());
    CHECK(reason_for(*trust, other_ca.agent("fra-1")) == Reason::ForeignCa);
    const auto identity = mesh.agent("fra-1");
    mesh.clock.advance(std::chrono::hours(24 * 91));
    CHECK(reason_for(*trust, identity) == Reason::Expired);
    mesh.clock.set_wall(mesh.clock.wall_now() - std::chrono::hours(24 * 92));
    CHECK(reason_for(*trust, identity) == Reason::ClockWrong);
    CHECK_FALSE(trust->verify("no certificate", "challenge", "signature").has_value());
}

TEST_CASE("a revocation holds at once and after a restart", "[relay]") {
    TestMeshCa mesh;
    const Stored stored(mesh);
    const auto identity = mesh.agent("fra-1");
    const std::string crl = stored.crl_against(identity);
    {
        auto trust = stored.load();
        REQUIRE(trust.has_value());
        CHECK(trust->take_revocations(crl) == true);
        CHECK(trust->take_revocations(crl) == false);
        CHECK(trust->revoked(identity.member().serial));
        CHECK(reason_for(*trust, identity) == Reason::Revoked);
    }
    const auto again = stored.load();
    REQUIRE(again.has_value());
    CHECK(again->revocations() == crl);
    CHECK(reason_for(*again, identity) == Reason::Revoked);
}

TEST_CASE("an older list changes nothing, a list of another CA is an error", "[relay]") {
    TestMeshCa mesh;
    TestMeshCa other_ca("acme");
    const Stored stored(mesh);
    auto trust = stored.load();
    REQUIRE(trust.has_value());
    const std::string older = stored.crl_against(mesh.agent("fra-1"));
    const std::string newer = stored.crl_against(mesh.agent("fra-2"), older);
    CHECK(trust->take_revocations(newer) == true);
    CHECK(trust->take_revocations(older) == false);
    CHECK(trust->revocations() == newer);
    CHECK_FALSE(trust->take_revocations(Stored(other_ca).crl_against(other_ca.agent("x"))).has_value());
    CHECK_FALSE(trust->take_revocations("noise").has_value());
}

TEST_CASE("a stored list that somebody changed stops the relay", "[relay]") {
    TestMeshCa mesh;
    const Stored stored(mesh);
    write_file(stored.folder.file("acme.crl"), "tampered");
    const auto trust = stored.load();
    REQUIRE_FALSE(trust.has_value());
    CHECK_THAT(trust.error().message, Contains("acme.crl"));
}

TEST_CASE("a list that cannot be stored holds nevertheless", "[relay]") {
    TestMeshCa mesh;
    const Stored stored(mesh);
    auto trust =
        StoredTrust::load(stored.folder.file("ca.pem"), "acme", stored.folder.file("missing/acme.crl"), mesh.clock);
    REQUIRE(trust.has_value());
    const auto identity = mesh.agent("fra-1");
    CHECK(trust->take_revocations(stored.crl_against(identity)) == true);
    CHECK(trust->revoked(identity.member().serial));
}

TEST_CASE("what a crash left of an earlier write does not keep a list from being stored", "[relay]") {
    TestMeshCa mesh;
    const Stored stored(mesh);
    std::filesystem::create_directory(stored.folder.file("acme.crl.new"));
    const auto identity = mesh.agent("fra-1");
    auto trust = stored.load();
    REQUIRE(trust.has_value());
    REQUIRE(trust->take_revocations(stored.crl_against(identity)) == true);
    CHECK(stored.load()->revoked(identity.member().serial));
}

TEST_CASE("a mesh CA that is missing or of another mesh is named", "[relay]") {
    TestMeshCa mesh("beta");
    const Stored stored(mesh);
    const auto wrong = stored.load();
    REQUIRE_FALSE(wrong.has_value());
    CHECK_THAT(wrong.error().message, Contains("ca.pem") && Contains("beta") && Contains("acme"));
    CHECK_THAT(StoredTrust::load("/nowhere/ca.pem", "acme", "", mesh.clock).error().message,
               Contains("/nowhere/ca.pem"));
}

TEST_CASE("changed certificate files are noticed", "[relay]") {
    const TemporaryFolder folder;
    CertificateFiles files(folder.file("web.pem"), folder.file("web.key"));
    CHECK_FALSE(files.load().has_value());
    CHECK_FALSE(files.changed());
    write_file(folder.file("web.key"), "new");
    CHECK(files.changed());
}
