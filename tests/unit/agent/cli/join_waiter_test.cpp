#include "agent/cli/join_waiter.h"

#include <catch2/catch.hpp>

#include "common/crypto/digest.h"
#include "common/crypto/join_message.h"
#include "tests/support/test_mesh_ca.h"
#include "tunnel/envelope/admission.h"

using namespace culvert;
using agent::cli::Checklist;
using agent::cli::JoinOutcome;
using agent::cli::JoinWaiter;
using tunnel::envelope::Envelope;
using tunnel::envelope::JoinStage;
using tunnel::envelope::JoinState;
using tunnel::envelope::Kind;
using namespace std::chrono_literals;

namespace {

struct RecordingUplink final : tunnel::link::Uplink {
    void start() override {}
    void stop() override {}
    Status send(const Envelope& envelope) override {
        sent.push_back(envelope);
        return {};
    }
    const std::optional<tunnel::link::LinkInfo>& info() const override { return none; }

    std::vector<Envelope> sent;
    std::optional<tunnel::link::LinkInfo> none;
};

struct Scene {
    Scene() {
        mesh.clock.set_wall(loop.clock().wall_now());
        token.mesh = "acme";
        token.relays = {"wss://relay.test/mesh"};
        token.mesh_ca_sha256 = mesh.ca.sha256();
        token.secret = Secret(crypto::sha256("secret"));
        token.expires = mesh.clock.wall_now() + 24h;
        auto begun = agent::enrol::JoinAttempt::begin(token, "fra-1", mesh.clock);
        REQUIRE(begun);
        attempt.emplace(std::move(*begun));
        waiter.emplace(loop, *attempt, checklist, [this](JoinOutcome reached) { outcome = std::move(reached); });
        waiter->attach(uplink);
    }
    void up() {
        tunnel::link::LinkInfo info;
        info.relay = token.relays.front();
        waiter->on_up(info);
    }
    void hear(Kind kind, const std::string& body) { waiter->on_envelope({kind, {}, {}, body, {}}); }
    std::string granted() const {
        const auto request = crypto::parse_join(attempt->body());
        const auto issued = mesh.ca.issue(request->signing_request, {.name = "fra-1", .role = Role::Agent}, mesh.clock);
        REQUIRE(issued);
        return crypto::encode_join_reply(crypto::JoinGranted{issued->der, mesh.ca.certificate_der(), false, {}},
                                         attempt->body(), token.secret);
    }
    std::string refused(crypto::JoinRefusal reason, const std::string& message) const {
        return crypto::encode_join_reply(crypto::JoinRefused{reason, message}, attempt->body(), token.secret);
    }

    net::Loop loop;
    test::TestMeshCa mesh;
    crypto::JoinToken token;
    std::vector<std::string> lines;
    Checklist checklist{[this](std::string_view line) { lines.emplace_back(line); }};
    std::optional<agent::enrol::JoinAttempt> attempt;
    std::optional<JoinOutcome> outcome;
    RecordingUplink uplink;
    std::optional<JoinWaiter> waiter;
};

}  // namespace

TEST_CASE("a pending node asks on every link and says what it waits for", "[cli]") {
    Scene scene;
    scene.up();
    REQUIRE(scene.uplink.sent.size() == 1);
    CHECK(scene.uplink.sent[0].kind == Kind::Join);
    CHECK(scene.uplink.sent[0].body == scene.attempt->body());
    scene.hear(Kind::JoinState, encode(JoinState{JoinStage::NoController, ""}));
    CHECK(scene.lines.back().find("no controller with the mesh CA is connected") != std::string::npos);
    scene.waiter->on_down({Code::Disconnected, "cut"}, 1s);
    CHECK_FALSE(scene.outcome);
    scene.up();
    CHECK(scene.uplink.sent.size() == 2);
    scene.hear(Kind::JoinState, encode(JoinState{JoinStage::Forwarded, ""}));
    CHECK(scene.lines.back().find("a controller has the request") != std::string::npos);
}

TEST_CASE("a signature ends the waiting", "[cli]") {
    Scene scene;
    scene.up();
    scene.hear(Kind::JoinReply, scene.granted());
    REQUIRE(scene.outcome);
    REQUIRE(scene.outcome->has_value());
    CHECK((*scene.outcome)->identity.member().name == "fra-1");
}

TEST_CASE("a refusal ends it too, with the controller's words", "[cli]") {
    Scene scene;
    scene.up();
    scene.hear(Kind::JoinReply, scene.refused(crypto::JoinRefusal::Spent, "already used by fra-1"));
    REQUIRE(scene.outcome);
    REQUIRE_FALSE(scene.outcome->has_value());
    CHECK(scene.outcome->error().step == "signature");
    CHECK(scene.outcome->error().why.message == "already used by fra-1");
}

TEST_CASE("what is no reply, or only a delay, keeps the node waiting", "[cli]") {
    Scene scene;
    scene.up();
    scene.hear(Kind::JoinReply, "garbage");
    scene.hear(Kind::JoinReply, scene.refused(crypto::JoinRefusal::Unavailable, "the CA key is locked"));
    CHECK_FALSE(scene.outcome);
    CHECK(scene.lines.back().find("the CA key is locked") != std::string::npos);
}

TEST_CASE("a relay that is not reached at all, or refuses for good, ends it at the WebSocket", "[cli]") {
    Scene never_up;
    never_up.waiter->on_down({Code::Disconnected, "answered 200 instead of 101"}, 1s);
    REQUIRE(never_up.outcome);
    CHECK(never_up.outcome->error().step == "WebSocket");
    Scene refused;
    refused.up();
    refused.waiter->on_down({Code::InvalidInput, "this relay serves the mesh beta"}, std::nullopt);
    REQUIRE(refused.outcome);
    CHECK(refused.outcome->error().why.message == "this relay serves the mesh beta");
}
