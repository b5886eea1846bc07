#include "agent/session/certificate_keeper.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <vector>

#include <catch2/catch.hpp>

#include "common/crypto/renewal.h"
#include "common/protocol/codec.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/test_mesh_ca.h"
#include "tests/support/virtual_time.h"

using namespace culvert;
using namespace culvert::test;
using agent::session::CertificateKeeper;
using protocol::RenewalReply;
using protocol::RenewalRequest;
using namespace std::chrono_literals;

namespace {

constexpr Duration kDay = 24h;

struct FakeSession final : tunnel::session::Session {
    explicit FakeSession(std::uint8_t n) : address{{}, n} { address.node.bytes.fill(n); }
    Status send(std::string) override { return {}; }
    void send_datagram(std::string datagram) override {
        const auto decoded = protocol::decode_datagram(datagram);
        REQUIRE(decoded);
        requests.push_back(std::get<RenewalRequest>(*decoded));
    }
    const Address& peer() const override { return address; }
    const std::string& peer_name() const override { return name; }
    const crypto::Member* certificate() const override { return nullptr; }
    bool connected() const override { return true; }
    std::optional<Error> trouble() const override { return std::nullopt; }
    std::uint64_t unacknowledged() const override { return 0; }
    void close(std::string_view) override {}

    Address address;
    std::string name = "ops";
    std::vector<RenewalRequest> requests;
};

struct Scene {
    Scene() { REQUIRE(identity.save(file)); }
    // Both clocks side by side.
    void pass(Duration by) {
        for (Duration step; by > Duration{}; by -= step) {
            step = std::min<Duration>(by, 1h);
            mesh.clock.advance(step);
            time.advance(step);
        }
    }
    // What a controller sends all the time.
    void probe(FakeSession& from) {
        CHECK_FALSE(keeper.on_datagram(from, protocol::encode(protocol::Datagram(protocol::ClockProbe{}))));
    }
    void reply(FakeSession& from, RenewalReply said) {
        CHECK(keeper.on_datagram(from, protocol::encode(protocol::Datagram(std::move(said)))));
    }
    RenewalReply signed_by(const crypto::MeshCa& ca, const RenewalRequest& request, const std::string& name) const {
        const auto issued = ca.issue(request.signing_request, {.name = name}, mesh.clock);
        REQUIRE(issued);
        return {issued->der, ""};
    }

    TemporaryFolder folder;
    std::string file = folder.file("identity.pem");
    TestMeshCa mesh;
    VirtualTime time;
    VirtualScheduler scheduler{time};
    crypto::Identity identity = mesh.agent("fra-1");
    const std::string first_serial = identity.member().serial;
    CertificateKeeper keeper{{scheduler, mesh.clock, identity, mesh.trust, file, 7}};
    FakeSession ops{2}, ci{3};
};

}  // namespace

TEST_CASE("a young certificate is left alone", "[session]") {
    Scene scene;
    scene.pass(59 * kDay);
    scene.probe(scene.ops);
    CHECK(scene.ops.requests.empty());
}

TEST_CASE("at two thirds of its life a certificate is renewed, written and used from then on", "[session]") {
    Scene scene;
    scene.pass(61 * kDay);
    scene.probe(scene.ops);
    REQUIRE(scene.ops.requests.size() == 1);
    scene.reply(scene.ops, scene.signed_by(scene.mesh.ca, scene.ops.requests[0], "fra-1"));
    CHECK(scene.identity.member().serial != scene.first_serial);
    CHECK(scene.identity.member().not_after == scene.mesh.clock.wall_now() + crypto::kCertificateLife);
    CHECK(crypto::Identity::load(scene.file)->member().serial == scene.identity.member().serial);
    scene.probe(scene.ops);
    CHECK(scene.ops.requests.size() == 1);
    scene.pass(61 * kDay);
    scene.probe(scene.ops);
    CHECK(scene.ops.requests.size() == 2);
}

TEST_CASE("a controller that says nothing is asked again soon, one that says no later, others at once", "[session]") {
    Scene scene;
    scene.pass(61 * kDay);
    scene.probe(scene.ops);
    scene.probe(scene.ops);
    CHECK(scene.ops.requests.size() == 1);
    scene.pass(CertificateKeeper::kAskAgain);
    scene.probe(scene.ops);
    CHECK(scene.ops.requests.size() == 2);
    scene.reply(scene.ops, {"", "this controller does not hold the key of the mesh CA"});
    scene.pass(CertificateKeeper::kAskAgain);
    scene.probe(scene.ops);
    CHECK(scene.ops.requests.size() == 2);
    scene.probe(scene.ci);
    CHECK(scene.ci.requests.size() == 1);
    scene.pass(CertificateKeeper::kRefused);
    scene.probe(scene.ops);
    CHECK(scene.ops.requests.size() == 3);
}

TEST_CASE("whatever a controller sends in place of the right certificate changes nothing", "[session]") {
    Scene scene;
    const TestMeshCa other;
    scene.pass(61 * kDay);
    scene.probe(scene.ops);
    for (const RenewalReply& wrong :
         {scene.signed_by(other.ca, scene.ops.requests[0], "fra-1"),
          scene.signed_by(scene.mesh.ca, scene.ops.requests[0], "fra-2"), RenewalReply{"noise", ""},
          RenewalReply{scene.mesh.agent("fra-1").certificate_der(), ""}}) {
        scene.reply(scene.ops, wrong);
        CHECK(scene.identity.member().serial == scene.first_serial);
        CHECK(crypto::Identity::load(scene.file)->member().serial == scene.first_serial);
    }
}

TEST_CASE("a certificate that cannot be written is not used, and asked for again", "[session]") {
    Scene scene;
    scene.pass(61 * kDay);
    scene.probe(scene.ops);
    std::filesystem::remove_all(std::filesystem::path(scene.file).parent_path());
    scene.reply(scene.ops, scene.signed_by(scene.mesh.ca, scene.ops.requests[0], "fra-1"));
    CHECK(scene.identity.member().serial == scene.first_serial);
    scene.pass(CertificateKeeper::kRefused);
    scene.probe(scene.ops);
    CHECK(scene.ops.requests.size() == 2);
}
