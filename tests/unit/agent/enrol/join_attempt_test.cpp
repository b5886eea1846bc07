#include "agent/enrol/join_attempt.h"

#include <catch2/catch.hpp>

#include "common/crypto/digest.h"
#include "common/crypto/join_message.h"
#include "tests/support/test_mesh_ca.h"

using namespace culvert;
using namespace culvert::agent::enrol;
using namespace std::chrono_literals;
using culvert::test::TestMeshCa;

namespace {

crypto::JoinToken token_of(const TestMeshCa& mesh) {
    crypto::JoinToken token;
    token.mesh = "acme";
    token.relays = {"wss://relay.example.com/mesh"};
    token.mesh_ca_sha256 = mesh.ca.sha256();
    token.secret = Secret(crypto::sha256("secret"));
    token.expires = mesh.clock.wall_now() + 24h;
    return token;
}

// What an honest controller with this CA answers; `name` and `role` as a dishonest one might grant them.
std::string granted_by(const TestMeshCa& mesh, const JoinAttempt& attempt, const crypto::JoinToken& token,
                       const std::string& name = "fra-1", Role role = Role::Agent) {
    const auto request = crypto::parse_join(attempt.body());
    REQUIRE(request);
    REQUIRE(crypto::join_is_proven(attempt.body(), token.secret));
    const auto issued = mesh.ca.issue(request->signing_request, {.name = name, .role = role}, mesh.clock);
    REQUIRE(issued);
    return crypto::encode_join_reply(
        crypto::JoinGranted{issued->der, mesh.ca.certificate_der(), false, {{"region", "eu"}}}, attempt.body(),
        token.secret);
}

}  // namespace

TEST_CASE("a granted join gives an identity of the mesh with the invite's labels", "[enrol]") {
    const TestMeshCa mesh;
    const auto token = token_of(mesh);
    const auto attempt = JoinAttempt::begin(token, "fra-1", mesh.clock);
    REQUIRE(attempt);
    CHECK(attempt->body().find(token.secret.reveal()) == std::string::npos);
    const auto enrolled = attempt->finish(granted_by(mesh, *attempt, token), mesh.clock);
    REQUIRE(enrolled);
    CHECK(enrolled->identity.member().name == "fra-1");
    CHECK(enrolled->identity.member().id == attempt->id());
    CHECK(enrolled->labels == std::map<std::string, std::string>{{"region", "eu"}});
    CHECK(mesh.trust.verify(enrolled->identity.certificate_der(), Role::Agent));
}

TEST_CASE("a CA that the token does not pin is refused, even from somebody who holds the secret", "[enrol]") {
    const TestMeshCa mesh;
    const TestMeshCa impostor;
    const auto token = token_of(mesh);
    const auto attempt = JoinAttempt::begin(token, "fra-1", mesh.clock);
    REQUIRE(attempt);
    const auto enrolled = attempt->finish(granted_by(impostor, *attempt, token), mesh.clock);
    REQUIRE_FALSE(enrolled);
    CHECK(enrolled.error().code == Code::Unauthorized);
    CHECK(enrolled.error().message ==
          "the controller that answered signs with another CA than the one this token pins for mesh acme; nothing was "
          "kept");
}

TEST_CASE("a certificate for another name, role or key is refused", "[enrol]") {
    const TestMeshCa mesh;
    const auto token = token_of(mesh);
    const auto attempt = JoinAttempt::begin(token, "fra-1", mesh.clock);
    const auto other = JoinAttempt::begin(token, "fra-1", mesh.clock);
    REQUIRE(attempt);
    CHECK_THAT(attempt->finish(granted_by(mesh, *attempt, token, "fra-9"), mesh.clock).error().message,
               Catch::Contains("is for fra-9, not for fra-1"));
    CHECK_THAT(
        attempt->finish(granted_by(mesh, *attempt, token, "fra-1", Role::Controller), mesh.clock).error().message,
        Catch::Contains("cannot act as an agent"));
    const auto request = crypto::parse_join(other->body());
    const auto issued = mesh.ca.issue(request->signing_request, {.name = "fra-1"}, mesh.clock);
    const auto reply = crypto::encode_join_reply(crypto::JoinGranted{issued->der, mesh.ca.certificate_der(), false, {}},
                                                 attempt->body(), token.secret);
    CHECK_THAT(attempt->finish(reply, mesh.clock).error().message, Catch::Contains("another key"));
}

TEST_CASE("a clock that is far behind is named as the cause", "[enrol]") {
    const TestMeshCa mesh;
    const auto token = token_of(mesh);
    const auto attempt = JoinAttempt::begin(token, "fra-1", mesh.clock);
    const test::FakeClock behind(mesh.clock.wall_now() - 24h);
    const auto enrolled = attempt->finish(granted_by(mesh, *attempt, token), behind);
    REQUIRE_FALSE(enrolled);
    CHECK_THAT(enrolled.error().message, Catch::Contains("set the clock"));
}

TEST_CASE("after the clock was set, the same key makes use of the certificate that was issued before", "[enrol]") {
    const TestMeshCa mesh;
    const auto token = token_of(mesh);
    const auto key = crypto::NodeKey::generate();
    const auto late = JoinAttempt::begin(token, "fra-1", mesh.clock, key);
    const auto request = crypto::parse_join(late->body());
    REQUIRE(request);
    const auto issued = mesh.ca.issue(request->signing_request, {.name = "fra-1"}, mesh.clock);
    const auto again = JoinAttempt::begin(token, "fra-1", mesh.clock, key);
    CHECK(again->id() == late->id());
    const auto reply = crypto::encode_join_reply(crypto::JoinGranted{issued->der, mesh.ca.certificate_der(), false, {}},
                                                 again->body(), token.secret);
    CHECK(again->finish(reply, mesh.clock));
}

TEST_CASE("a reply to another join, or by somebody without the secret, is thrown away", "[enrol]") {
    const TestMeshCa mesh;
    const auto token = token_of(mesh);
    const auto attempt = JoinAttempt::begin(token, "fra-1", mesh.clock);
    const auto other = JoinAttempt::begin(token, "fra-1", mesh.clock);
    CHECK(attempt->body() != other->body());
    CHECK_FALSE(attempt->finish(granted_by(mesh, *other, token), mesh.clock));
    CHECK(attempt->finish("noise", mesh.clock).error().code == Code::InvalidInput);
}

TEST_CASE("a refusal is passed on with its reason, and an unproven one is marked", "[enrol]") {
    const TestMeshCa mesh;
    const auto token = token_of(mesh);
    const auto attempt = JoinAttempt::begin(token, "fra-1", mesh.clock);
    const crypto::JoinRefused expired{crypto::JoinRefusal::Expired, "this invite expired 3 h ago"};
    const auto refused = attempt->finish(crypto::encode_join_reply(expired, attempt->body(), token.secret), mesh.clock);
    CHECK(refused.error() == Error{Code::Unauthorized, "this invite expired 3 h ago"});
    const auto unproven = attempt->finish(crypto::encode_unproven_refusal(expired), mesh.clock);
    CHECK_THAT(unproven.error().message, Catch::StartsWith("this invite expired 3 h ago (this answer is not proven"));
    const crypto::JoinRefused busy{crypto::JoinRefusal::Unavailable, "later"};
    CHECK(attempt->finish(crypto::encode_join_reply(busy, attempt->body(), token.secret), mesh.clock).error().code ==
          Code::Overloaded);
}

TEST_CASE("a name that cannot be one is refused before anything is sent", "[enrol]") {
    const TestMeshCa mesh;
    CHECK_THAT(JoinAttempt::begin(token_of(mesh), "fra 1", mesh.clock).error().message, Catch::Contains("--name NAME"));
}

TEST_CASE("a token that is expired by this clock is worth a warning only", "[enrol]") {
    TestMeshCa mesh;
    const auto token = token_of(mesh);
    CHECK(expiry_warning(token, mesh.clock).empty());
    mesh.clock.advance(27h);
    CHECK(expiry_warning(token, mesh.clock) ==
          "this join token expired 3 h ago by this clock (2026-03-02 15:00:00 UTC); the controller's clock decides");
}
