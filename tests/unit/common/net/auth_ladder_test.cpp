#include "common/net/auth_ladder.h"

#include <vector>

#include <catch2/catch.hpp>

using culvert::net::AuthLadder;
using culvert::net::ProxyAuth;
using Password = AuthLadder::Password;
using Steps = std::vector<std::optional<ProxyAuth>>;

namespace {

const std::vector<ProxyAuth> kAll{ProxyAuth::Negotiate, ProxyAuth::Ntlm, ProxyAuth::Digest, ProxyAuth::Basic};

// A proxy that says 407 to everything but `accepts`, and offers these methods; what was tried, in order.
Steps climb(AuthLadder& ladder, const std::vector<ProxyAuth>& offered,
            std::optional<ProxyAuth> accepts = std::nullopt) {
    Steps tried;
    while (const auto step = ladder.next()) {
        tried.push_back(step->method);
        if (step->method && step->method == accepts) break;
        ladder.refused(step->method ? std::vector<ProxyAuth>{} : offered);  // a pinned try does not report offers
    }
    return tried;
}

}  // namespace

TEST_CASE("the first try shows no credentials, then the strongest offered method is tried", "[net]") {
    AuthLadder ladder(kAll, Password::Usable, std::nullopt);
    CHECK(climb(ladder, {ProxyAuth::Digest, ProxyAuth::Basic}, ProxyAuth::Digest) ==
          Steps{std::nullopt, ProxyAuth::Digest});
}

TEST_CASE("a ticket that is missing does not end the climb", "[net]") {
    AuthLadder ladder(kAll, Password::Usable, std::nullopt);
    CHECK(climb(ladder, kAll, ProxyAuth::Ntlm) == Steps{std::nullopt, ProxyAuth::Negotiate, ProxyAuth::Ntlm});
    CHECK_FALSE(ladder.password_rejected());
}

TEST_CASE("a rejected password is shown once, not once a method", "[net]") {
    AuthLadder ladder(kAll, Password::Usable, std::nullopt);
    CHECK(climb(ladder, {ProxyAuth::Ntlm, ProxyAuth::Digest, ProxyAuth::Basic}) ==
          Steps{std::nullopt, ProxyAuth::Ntlm});
    CHECK(ladder.password_rejected());
    CHECK(ladder.rejected_with() == ProxyAuth::Ntlm);
    CHECK_FALSE(ladder.next());
}

TEST_CASE("a password known to be rejected is not shown again, a ticket still is", "[net]") {
    AuthLadder ladder(kAll, Password::Rejected, ProxyAuth::Basic);
    CHECK(climb(ladder, kAll) == Steps{std::nullopt, ProxyAuth::Negotiate});
    CHECK(ladder.password_rejected());
    CHECK_FALSE(ladder.rejected_with());
}

TEST_CASE("the winner of before is tried first and saves the question", "[net]") {
    AuthLadder ladder(kAll, Password::Usable, ProxyAuth::Basic);
    CHECK(climb(ladder, kAll, ProxyAuth::Basic) == Steps{ProxyAuth::Basic});
}

TEST_CASE("a ticket that won before and is expired leads back to the question", "[net]") {
    AuthLadder ladder(kAll, Password::Usable, ProxyAuth::Negotiate);
    CHECK(climb(ladder, kAll, ProxyAuth::Ntlm) == Steps{ProxyAuth::Negotiate, std::nullopt, ProxyAuth::Ntlm});
}

TEST_CASE("without a password only a ticket is tried", "[net]") {
    AuthLadder ladder(kAll, Password::None, std::nullopt);
    CHECK(climb(ladder, kAll) == Steps{std::nullopt, ProxyAuth::Negotiate});
    CHECK_FALSE(ladder.password_rejected());
}

TEST_CASE("a method that is not allowed is not tried although it is offered", "[net]") {
    AuthLadder ladder({ProxyAuth::Basic}, Password::Usable, ProxyAuth::Ntlm);
    CHECK(climb(ladder, kAll, ProxyAuth::Basic) == Steps{std::nullopt, ProxyAuth::Basic});
}

TEST_CASE("with no method allowed no credential leaves this machine", "[net]") {
    AuthLadder ladder({}, Password::Usable, std::nullopt);
    CHECK(climb(ladder, kAll) == Steps{std::nullopt});
    CHECK(ladder.offered() == kAll);
}

TEST_CASE("a method that failed without a verdict leaves the password to the next", "[net]") {
    AuthLadder ladder({ProxyAuth::Ntlm, ProxyAuth::Digest, ProxyAuth::Basic}, AuthLadder::Password::Usable, {});
    ladder.refused({ProxyAuth::Ntlm, ProxyAuth::Basic});
    CHECK(ladder.next()->method == ProxyAuth::Ntlm);
    ladder.failed_without_verdict({});
    CHECK(ladder.next()->method == ProxyAuth::Basic);
    CHECK_FALSE(ladder.password_rejected());
    ladder.refused({});
    CHECK_FALSE(ladder.next());
    CHECK(ladder.rejected_with() == ProxyAuth::Basic);
}

TEST_CASE("a password that another dial found wrong is not shown, but a ticket still is", "[net]") {
    AuthLadder ladder({ProxyAuth::Negotiate, ProxyAuth::Basic}, AuthLadder::Password::Usable, {});
    ladder.refused({ProxyAuth::Negotiate, ProxyAuth::Basic});
    CHECK(ladder.next()->method == ProxyAuth::Negotiate);
    ladder.forbid_password();
    CHECK(ladder.next()->method == ProxyAuth::Negotiate);
    ladder.refused({});
    CHECK_FALSE(ladder.next());
    CHECK(ladder.password_rejected());
    CHECK_FALSE(ladder.rejected_with());
}
