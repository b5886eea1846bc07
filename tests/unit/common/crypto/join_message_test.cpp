#include "common/crypto/join_message.h"

#include <catch2/catch.hpp>

#include "common/base/wall_time.h"
#include "common/crypto/digest.h"

using namespace culvert;
using namespace culvert::crypto;

namespace {

const Secret kSecret{sha256("secret")};

JoinRequest some_request() {
    JoinRequest request;
    request.mesh = "acme";
    request.invite = {{1, 2, 3}};
    request.nonce = {9, 8, 7};
    request.sent = from_unix_seconds(1'772'366'400);
    request.name = "fra-1";
    request.signing_request = "a request";
    return request;
}

JoinGranted some_grant() {
    return {.certificate_der = "cert",
            .mesh_ca_der = "ca",
            .ephemeral = true,
            .labels = {{"region", "eu"}, {"size", "large"}}};
}

}  // namespace

TEST_CASE("a join is read as it was written and proven by the invite's secret", "[crypto]") {
    const std::string body = encode_join(some_request(), kSecret);
    CHECK(parse_join(body) == some_request());
    CHECK(join_is_proven(body, kSecret));
    CHECK_FALSE(join_is_proven(body, Secret(sha256("other"))));
    CHECK(body.find(kSecret.reveal()) == std::string::npos);
}

TEST_CASE("a join with any octet changed is not proven", "[crypto]") {
    const std::string body = encode_join(some_request(), kSecret);
    for (std::size_t i = 0; i < body.size(); ++i) {
        std::string altered = body;
        altered[i] = static_cast<char>(altered[i] ^ 0x20);
        REQUIRE_FALSE(join_is_proven(altered, kSecret));
    }
}

TEST_CASE("a join that is cut, padded or too large is malformed", "[crypto]") {
    const std::string body = encode_join(some_request(), kSecret);
    for (std::size_t length = 0; length < body.size(); ++length) REQUIRE_FALSE(parse_join(body.substr(0, length)));
    CHECK_FALSE(parse_join(body + "x"));
    CHECK_FALSE(parse_join(std::string(kLargestJoinBody + 1, 1)));
    CHECK_THAT(parse_join("\x02" + body.substr(1)).error().message, Catch::Contains("version 2"));
}

TEST_CASE("a grant is read as it was written, for the join it answers", "[crypto]") {
    const std::string join = encode_join(some_request(), kSecret);
    const std::string body = encode_join_reply(some_grant(), join, kSecret);
    const auto reply = parse_join_reply(body, join, kSecret);
    REQUIRE(reply);
    CHECK(reply->proven);
    CHECK(std::get<JoinGranted>(reply->reply) == some_grant());
}

TEST_CASE("a grant is thrown away when it answers another join or was made by somebody else", "[crypto]") {
    const std::string join = encode_join(some_request(), kSecret);
    const std::string body = encode_join_reply(some_grant(), join, kSecret);
    JoinRequest second = some_request();
    second.nonce[0] = 1;
    CHECK(parse_join_reply(body, encode_join(second, kSecret), kSecret).error().code == Code::Unauthorized);
    CHECK(parse_join_reply(encode_join_reply(some_grant(), join, Secret("other")), join, kSecret).error().code ==
          Code::Unauthorized);
    for (std::size_t i = 0; i < body.size(); ++i) {
        std::string altered = body;
        altered[i] = static_cast<char>(altered[i] ^ 0x40);
        REQUIRE_FALSE(parse_join_reply(altered, join, kSecret));
    }
}

TEST_CASE("a refusal says whether it is proven", "[crypto]") {
    const std::string join = encode_join(some_request(), kSecret);
    const JoinRefused refusal{JoinRefusal::Expired, "this invite expired"};
    const auto proven = parse_join_reply(encode_join_reply(refusal, join, kSecret), join, kSecret);
    REQUIRE(proven);
    CHECK(proven->proven);
    CHECK(std::get<JoinRefused>(proven->reply) == refusal);
    const auto unproven = parse_join_reply(encode_unproven_refusal(refusal), join, kSecret);
    REQUIRE(unproven);
    CHECK_FALSE(unproven->proven);
    CHECK(std::get<JoinRefused>(unproven->reply) == refusal);
}

TEST_CASE("a refusal from outside is bounded and printable", "[crypto]") {
    const std::string join = encode_join(some_request(), kSecret);
    const auto reply = parse_join_reply(
        encode_unproven_refusal({JoinRefusal::Spent, "a\x1b[31mb\n" + std::string(5000, 'x')}), join, kSecret);
    REQUIRE(reply);
    const std::string& message = std::get<JoinRefused>(reply->reply).message;
    CHECK(message.size() <= kLongestRefusal);
    CHECK_THAT(message, Catch::StartsWith("a?[31mb?x"));
}
