#include "controller/enrol/invite_book.h"

#include <algorithm>

#include <catch2/catch.hpp>

#include "common/base/wall_time.h"
#include "common/crypto/digest.h"
#include "common/crypto/hex.h"
#include "tests/support/memory_invite_store.h"
#include "tests/support/test_mesh_ca.h"

using namespace culvert;
using namespace culvert::controller::enrol;
using namespace std::chrono_literals;
using crypto::JoinRefusal;

namespace {

struct Book {
    test::TestMeshCa mesh;
    test::MemoryInviteStore store;
    InviteBook book{mesh.ca, store, mesh.clock};
    crypto::NodeKey key = crypto::NodeKey::generate();

    Invite invite(InviteOptions options = {}) {
        auto made = book.create(options);
        REQUIRE(made);
        return *made;
    }
    std::string join(const Invite& invite, const std::string& name, const std::string& mesh_name = "acme",
                     Duration clock_error = 0s) const {
        return join_with(key, invite, name, mesh_name, clock_error);
    }
    std::string join_with(const crypto::NodeKey& own, const Invite& invite, const std::string& name,
                          const std::string& mesh_name = "acme", Duration clock_error = 0s) const {
        crypto::JoinRequest request;
        request.mesh = mesh_name;
        request.invite = invite.id;
        request.sent = mesh.clock.wall_now() + clock_error;
        request.name = name;
        request.signing_request = own.signing_request(name);
        return crypto::encode_join(request, invite.secret);
    }
    JoinOutcome answer(const std::string& body) {
        auto outcome = book.answer(body);
        REQUIRE(outcome);
        CHECK(outcome->reply_body.size() <= crypto::kLargestJoinBody);
        return *outcome;
    }
    // A refusal, as it reaches the agent.
    crypto::JoinRefused refusal(const std::string& body, const Invite& invite, bool proven = true) {
        const JoinOutcome outcome = answer(body);
        CHECK_FALSE(outcome.agent);
        const auto received = crypto::parse_join_reply(outcome.reply_body, body, invite.secret);
        REQUIRE(received);
        CHECK(received->proven == proven);
        const auto refused = std::get<crypto::JoinRefused>(received->reply);
        CHECK(outcome.refused == refused);
        return refused;
    }
};

}  // namespace

TEST_CASE("a join with a good invite gets a certificate with the invite's labels", "[enrol]") {
    Book b;
    const Invite invite = b.invite({.labels = {{"region", "eu"}}});
    const std::string body = b.join(invite, "fra-1");
    const JoinOutcome outcome = b.answer(body);
    REQUIRE(outcome.agent);
    CHECK(outcome.agent->name == "fra-1");
    CHECK(outcome.agent->id == b.key.id());
    CHECK_FALSE(outcome.again);
    const auto received = crypto::parse_join_reply(outcome.reply_body, body, invite.secret);
    REQUIRE(received);
    const auto& granted = std::get<crypto::JoinGranted>(received->reply);
    CHECK(granted.labels == std::map<std::string, std::string>{{"region", "eu"}});
    CHECK(granted.mesh_ca_der == b.mesh.ca.certificate_der());
    const auto member = b.mesh.trust.verify(granted.certificate_der, Role::Agent);
    REQUIRE(member);
    CHECK(member->name == "fra-1");
    CHECK(b.book.list()->front().state == InviteState::Spent);
    CHECK(b.book.list()->front().used_by == std::vector<std::string>{"fra-1"});
}

TEST_CASE("an agent whose reply was lost asks again and is given the same, at no further use", "[enrol]") {
    Book b;
    const Invite invite = b.invite();
    const JoinOutcome first = b.answer(b.join(invite, "fra-1"));
    b.mesh.clock.advance(48h);
    const JoinOutcome second = b.answer(b.join(invite, "fra-1"));
    REQUIRE(second.agent);
    CHECK(second.again);
    CHECK(second.agent->certificate_der == first.agent->certificate_der);
    CHECK(b.store.agents_of(invite.id)->size() == 1);
}

TEST_CASE("a spent invite says who used it and when", "[enrol]") {
    Book b;
    const Invite invite = b.invite();
    b.answer(b.join(invite, "fra-1"));
    const auto refused = b.refusal(b.join_with(crypto::NodeKey::generate(), invite, "fra-2"), invite);
    CHECK(refused.reason == JoinRefusal::Spent);
    CHECK(refused.message ==
          "this invite was already used by fra-1 on 2026-03-01 12:00:00 UTC; ask for a new one: culvert invite");
}

TEST_CASE("an invite of several uses enrols so many agents and no more", "[enrol]") {
    Book b;
    const Invite invite = b.invite({.labels = {}, .uses = 2});
    CHECK(b.answer(b.join_with(crypto::NodeKey::generate(), invite, "a")).agent);
    CHECK(b.answer(b.join_with(crypto::NodeKey::generate(), invite, "b")).agent);
    const auto refused = b.refusal(b.join_with(crypto::NodeKey::generate(), invite, "c"), invite);
    CHECK_THAT(refused.message, Catch::Contains("all 2 uses of this invite are spent, the last by b on"));
}

TEST_CASE("an expired invite says how long ago, with both clocks", "[enrol]") {
    Book b;
    const Invite invite = b.invite();
    b.mesh.clock.advance(27h);
    const auto refused = b.refusal(b.join(invite, "fra-1", "acme", -4h), invite);
    CHECK(refused.reason == JoinRefusal::Expired);
    CHECK(refused.message ==
          "this invite expired 3 h ago (your clock says 2026-03-02 11:00:00 UTC, the controller's says 2026-03-02 "
          "15:00:00 UTC); ask for a new one: culvert invite");
}

TEST_CASE("a withdrawn invite says so", "[enrol]") {
    Book b;
    const Invite invite = b.invite();
    const auto withdrawn = b.book.withdraw(crypto::to_string(invite.id).substr(0, 6));
    REQUIRE(withdrawn);
    CHECK(withdrawn->id == invite.id);
    const auto refused = b.refusal(b.join(invite, "fra-1"), invite);
    CHECK(refused.reason == JoinRefusal::Withdrawn);
    CHECK(refused.message == "this invite was withdrawn on 2026-03-01 12:00:00 UTC; ask for a new one: culvert invite");
    CHECK(b.book.list()->front().state == InviteState::Withdrawn);
}

TEST_CASE("a token of another mesh is named as that", "[enrol]") {
    Book b;
    const Invite invite = b.invite();
    const auto refused = b.refusal(b.join(invite, "fra-1", "beta"), invite, false);
    CHECK(refused.reason == JoinRefusal::OtherMesh);
    CHECK(refused.message == "this join token is for mesh beta, this is acme");
}

TEST_CASE("an invite of another controller is unknown", "[enrol]") {
    Book b;
    Invite invite = b.invite();
    invite.id.bytes[0] ^= 1;
    const auto refused = b.refusal(b.join(invite, "fra-1"), invite, false);
    CHECK(refused.reason == JoinRefusal::UnknownInvite);
    CHECK_THAT(refused.message, Catch::Contains("knows no invite") && Catch::Contains("culvert invite"));
}

TEST_CASE("a join that does not hold the secret learns nothing about the invite and spends nothing", "[enrol]") {
    Book b;
    const Invite invite = b.invite();
    REQUIRE(b.book.withdraw(crypto::to_string(invite.id)));
    Invite guessed = invite;
    guessed.secret = Secret(crypto::random_bytes(32));
    const auto refused = b.refusal(b.join(guessed, "fra-1"), guessed, false);
    CHECK(refused.reason == JoinRefusal::Altered);
    CHECK_THAT(refused.message, !Catch::Contains("withdrawn"));
    CHECK(b.store.agents()->empty());
}

TEST_CASE("a name that belongs to another key is refused with both ways out, and nothing is spent", "[enrol]") {
    Book b;
    b.answer(b.join(b.invite(), "fra-1"));
    const Invite second = b.invite();
    const auto other = crypto::NodeKey::generate();
    const auto refused = b.refusal(b.join_with(other, second, "fra-1"), second);
    CHECK(refused.reason == JoinRefusal::NameTaken);
    CHECK(refused.message ==
          "the name fra-1 belongs to another key since 2026-03-01 12:00:00 UTC; join with --name NAME, or, if that "
          "agent is gone for good, first: culvert revoke fra-1");
    CHECK(b.book.list()->back().state == InviteState::Open);
    CHECK(b.answer(b.join_with(other, second, "fra-2")).agent);
}

TEST_CASE("a name is free again when its agent was revoked or its certificate expired", "[enrol]") {
    Book b;
    const auto first = b.answer(b.join(b.invite(), "fra-1"));
    REQUIRE(b.store.mark_revoked(first.agent->serial, b.mesh.clock.wall_now()));
    const auto other = crypto::NodeKey::generate();
    CHECK(b.answer(b.join_with(other, b.invite(), "fra-1")).agent);
    b.mesh.clock.advance(91 * 24h);
    CHECK(b.answer(b.join_with(crypto::NodeKey::generate(), b.invite(), "fra-1")).agent);
}

TEST_CASE("the same key may come back under its name with a new invite", "[enrol]") {
    Book b;
    b.answer(b.join(b.invite(), "fra-1"));
    const auto again = b.answer(b.join(b.invite(), "fra-1"));
    REQUIRE(again.agent);
    CHECK_FALSE(again.again);
}

TEST_CASE("the name of an ephemeral agent is free as soon as it is gone", "[enrol]") {
    test::TestMeshCa mesh;
    test::MemoryInviteStore store;
    bool online = true;
    InviteBook book(mesh.ca, store, mesh.clock, [&online](const NodeId&) { return online; });
    const auto invite = book.create({.labels = {}, .uses = 3, .ephemeral = true});
    REQUIRE(invite);
    const auto join = [&] {
        crypto::JoinRequest request;
        request.mesh = "acme";
        request.invite = invite->id;
        request.name = "pod-0";
        request.signing_request = crypto::NodeKey::generate().signing_request("pod-0");
        return *book.answer(crypto::encode_join(request, invite->secret));
    };
    const auto first = join();
    REQUIRE(first.agent);
    CHECK(first.agent->ephemeral);
    CHECK(mesh.trust.verify(first.agent->certificate_der)->ephemeral);
    CHECK(first.agent->expires == mesh.clock.wall_now() + kEphemeralLife);
    CHECK(join().refused->reason == JoinRefusal::NameTaken);
    online = false;
    CHECK(join().agent);
}

TEST_CASE("a bad name, a signing request of another key or a store that fails refuse without spending", "[enrol]") {
    Book b;
    const Invite invite = b.invite();
    CHECK(b.refusal(b.join(invite, "fra 1"), invite).reason == JoinRefusal::BadName);
    crypto::JoinRequest request;
    request.mesh = "acme";
    request.invite = invite.id;
    request.name = "fra-1";
    request.signing_request = "noise";
    CHECK(b.refusal(crypto::encode_join(request, invite.secret), invite).reason == JoinRefusal::Altered);
    b.store.refuse_agents = true;
    const auto refused = b.refusal(b.join(invite, "fra-1"), invite);
    CHECK(refused.reason == JoinRefusal::Unavailable);
    CHECK(refused.message == "the controller cannot enrol just now: database or disk is full");
    b.store.refuse_agents = false;
    b.store.broken = true;
    CHECK(b.refusal(b.join(invite, "fra-1"), invite, false).reason == JoinRefusal::Unavailable);
    b.store.broken = false;
    CHECK(b.book.list()->front().state == InviteState::Open);
}

TEST_CASE("what is no join is not answered", "[enrol]") {
    Book b;
    CHECK(b.book.answer("").error().code == Code::InvalidInput);
    CHECK(b.book.answer(std::string(20'000, 'x')).error().code == Code::InvalidInput);
}

TEST_CASE("an invite is made only with limits and labels that can be kept", "[enrol]") {
    Book b;
    CHECK_FALSE(b.book.create({.labels = {}, .life = 10s}));
    CHECK_FALSE(b.book.create({.labels = {}, .life = 31 * 24h}));
    CHECK_FALSE(b.book.create({.labels = {}, .uses = 0}));
    CHECK_FALSE(b.book.create({.labels = {{"bad key", "x"}}}));
    CHECK_FALSE(b.book.create({.labels = {{"region", "a b"}}}));
    CHECK_FALSE(b.book.create({.labels = {{"os", "linux"}}}));
    CHECK(b.store.invites()->empty());
}

TEST_CASE("withdrawing says what stands in the way", "[enrol]") {
    Book b;
    CHECK_THAT(b.book.withdraw("4c1d").error().message,
               Catch::Contains("no invite \"4c1d\"") && Catch::Contains("culvert invites"));
    const Invite invite = b.invite();
    b.answer(b.join(invite, "fra-1"));
    CHECK_THAT(b.book.withdraw(crypto::to_string(invite.id)).error().message,
               Catch::Contains("used already, by fra-1") && Catch::Contains("culvert revoke"));
    CHECK_FALSE(b.book.withdraw(""));
}

TEST_CASE("a token carries all that a new host needs and can be redeemed", "[enrol]") {
    Book b;
    const Invite invite = b.invite();
    const std::string pin(64, 'a');
    const auto text = token_for(invite, b.mesh.ca, {"wss://relay.test/mesh"}, pin);
    REQUIRE(text);
    const auto token = crypto::parse_join_token(*text);
    REQUIRE(token);
    CHECK(token->mesh == "acme");
    CHECK(token->mesh_ca_sha256 == b.mesh.ca.sha256());
    CHECK(token->secret == invite.secret);
    CHECK(token->invite == invite.id);
    CHECK(token->expires == invite.expires);
    CHECK(token->web_pin == crypto::from_hex(pin));
    CHECK_FALSE(token_for(invite, b.mesh.ca, {"wss://relay.test/mesh"}, "xyz"));
    CHECK_FALSE(token_for(invite, b.mesh.ca, {}, std::nullopt));
}
