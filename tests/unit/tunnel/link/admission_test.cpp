#include "tunnel/link/admission.h"

#include <catch2/catch.hpp>

#include "tests/support/test_mesh_ca.h"

using namespace culvert;
using namespace std::chrono_literals;
using namespace tunnel::link;
namespace envelope = tunnel::envelope;

namespace {

struct Scene {
    test::TestMeshCa mesh;
    crypto::Identity identity = mesh.agent("fra-1");
    Applicant applicant{"acme", &identity, Role::Agent, 0, false, "test"};
    RelayUrl dialled = *parse_relay_url("wss://relay.example.com/mesh");

    envelope::Challenge challenge() {
        envelope::Challenge made;
        made.nonce.fill(7);
        made.relay_time = mesh.clock.wall_now();
        made.mesh = "acme";
        made.relay_url = "wss://relay.example.com:8443/mesh";
        return made;
    }
    Denial denied(const envelope::Challenge& challenge) {
        Admission admission(applicant, dialled, mesh.clock);
        const auto hello = admission.answer(encode(challenge));
        REQUIRE_FALSE(hello);
        return hello.error();
    }
};

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("the answer to a challenge is one that the relay's trust verifies", "[link]") {
    Scene scene;
    Admission admission(scene.applicant, scene.dialled, scene.mesh.clock);
    const auto body = admission.answer(encode(scene.challenge()));
    REQUIRE(body);
    const auto hello = envelope::parse_hello(*body);
    REQUIRE(hello);
    const auto member = scene.mesh.trust.verify_signature(
        hello->certificate_der, signed_text(scene.challenge(), hello->role, hello->instance), hello->signature);
    REQUIRE(member);
    CHECK(member->name == "fra-1");
    envelope::Challenge other = scene.challenge();
    other.nonce.fill(8);
    CHECK_FALSE(scene.mesh.trust.verify_signature(hello->certificate_der,
                                                  signed_text(other, hello->role, hello->instance), hello->signature));
}

TEST_CASE("admission tells round trip and the difference of the clocks", "[link]") {
    Scene scene;
    Admission admission(scene.applicant, scene.dialled, scene.mesh.clock);
    REQUIRE(admission.answer(encode(scene.challenge())));
    scene.mesh.clock.advance(40ms);
    envelope::Admitted admitted;
    admitted.relay_time = scene.mesh.clock.wall_now() - 20ms + 90s;
    REQUIRE(admission.admitted(encode(admitted)));
    CHECK(admission.round_trip() == Duration(40ms));
    CHECK(admission.clock_difference() == Duration(90s));
}

TEST_CASE("a relay of another mesh, name or version gets no signature", "[link]") {
    Scene scene;
    envelope::Challenge challenge = scene.challenge();
    challenge.mesh = "globex";
    CHECK(contains(scene.denied(challenge).error.message,
                   "serves the mesh globex, not acme: use a join token of mesh globex, or the relay of mesh acme"));
    CHECK_FALSE(scene.denied(challenge).retryable);
    challenge = scene.challenge();
    challenge.relay_url = "wss://evil.example.com/mesh";
    CHECK(contains(scene.denied(challenge).error.message, "calls itself wss://evil.example.com/mesh"));
    CHECK_FALSE(scene.denied(challenge).retryable);
    challenge = scene.challenge();
    challenge.protocol = 2;
    CHECK(contains(scene.denied(challenge).error.message, "protocol version 2"));
}

TEST_CASE("broken bodies are worth another attempt", "[link]") {
    Scene scene;
    Admission admission(scene.applicant, scene.dialled, scene.mesh.clock);
    const auto hello = admission.answer("short");
    REQUIRE_FALSE(hello);
    CHECK(hello.error().retryable);
    CHECK_FALSE(admission.admitted("short"));
    CHECK(denial_of("", {}).retryable);
}

TEST_CASE("a pending node signs nothing", "[link]") {
    Scene scene;
    scene.applicant.identity = nullptr;
    Admission admission(scene.applicant, scene.dialled, scene.mesh.clock);
    const auto hello = admission.answer(encode(scene.challenge()));
    REQUIRE(hello);
    CHECK(hello->empty());
}

TEST_CASE("a refusal keeps the relay's words and adds the clocks when they differ", "[link]") {
    const Denial revoked =
        denial_of(encode(envelope::Refusal{envelope::Reason::Revoked, "revoked by controller ops", false}), 2s);
    CHECK(revoked.error.code == Code::Unauthorized);
    CHECK(revoked.error.message == "the relay says revoked: revoked by controller ops");
    CHECK_FALSE(revoked.retryable);
    const Denial clock = denial_of(encode(envelope::Refusal{envelope::Reason::ClockWrong, "not valid yet", true}), 2h);
    CHECK(contains(clock.error.message, "clock is 2h behind the relay's"));
    CHECK(contains(denial_of(encode(envelope::Refusal{envelope::Reason::Expired, "x", false}), -3h).error.message,
                   "clock is 3h ahead of the relay's"));
    CHECK(denial_of(encode(envelope::Refusal{envelope::Reason::Drained, "", true}), {}).drained);
    CHECK(denial_of(encode(envelope::Refusal{envelope::Reason::Busy, "", true}), {}).error.code == Code::Overloaded);
}
