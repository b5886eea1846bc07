#include "tunnel/envelope/admission.h"

#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include "tunnel/envelope/envelope.h"

using namespace culvert;
using namespace culvert::tunnel::envelope;

namespace {

Challenge sample_challenge() {
    Challenge challenge;
    for (std::size_t i = 0; i < challenge.nonce.size(); ++i) challenge.nonce[i] = static_cast<std::uint8_t>(i * 7);
    challenge.relay_time = WallTime(std::chrono::microseconds(1'772'366'405'123'456));
    challenge.mesh = "acme";
    challenge.relay_url = "wss://relay.example.com/mesh";
    return challenge;
}

Hello sample_hello() {
    Hello hello;
    hello.certificate_der = std::string(700, '\x30');
    hello.signature = std::string(64, '\x01');
    hello.role = Role::Controller;
    hello.instance = 0xfedcba9876543210;
    hello.enrols = true;
    hello.software = "culvert 0.1.0";
    return hello;
}

// Every shorter body must be an error, and longer ones must be read as far as they are known.
template <class Parse>
void check_bounds(const std::string& body, const Parse& parse) {
    for (std::size_t length = 0; length < body.size(); ++length) {
        const auto parsed = parse(std::string_view(body).substr(0, length));
        REQUIRE_FALSE(parsed.has_value());
        CHECK(parsed.error().code == Code::InvalidInput);
    }
    const auto whole = parse(body);
    const auto longer = parse(body + "a later field");
    REQUIRE(whole.has_value());
    REQUIRE(longer.has_value());
    CHECK(*longer == *whole);
}

}  // namespace

TEST_CASE("admission bodies come back as they were written", "[envelope]") {
    CHECK(parse_challenge(encode(sample_challenge())) == sample_challenge());
    CHECK(parse_hello(encode(sample_hello())) == sample_hello());
    const Admitted admitted{{}, "fra-1", WallTime(std::chrono::seconds(1'772'366'405)), std::chrono::seconds(25)};
    CHECK(parse_admitted(encode(admitted)) == admitted);
    const Refusal refusal{Reason::ClockWrong, "valid from tomorrow: set the clock", true};
    CHECK(parse_refusal(encode(refusal)) == refusal);
    const JoinState state{JoinStage::NoController, "waits"};
    CHECK(parse_join_state(encode(state)) == state);
}

TEST_CASE("admission bodies that end early are errors, later fields are skipped", "[envelope]") {
    check_bounds(encode(sample_challenge()), parse_challenge);
    check_bounds(encode(sample_hello()), parse_hello);
    check_bounds(encode(Admitted{{}, "fra-1", {}, std::chrono::seconds(25)}), parse_admitted);
    check_bounds(encode(Refusal{Reason::Busy, "full", true}), parse_refusal);
    check_bounds(encode(JoinState{JoinStage::Forwarded, "a controller has it"}), parse_join_state);
}

TEST_CASE("a Hello with an unknown role is refused", "[envelope]") {
    std::string body = encode(sample_hello());
    body[0] = 3;
    CHECK_FALSE(parse_hello(body).has_value());
    body[0] = 0;
    CHECK_FALSE(parse_hello(body).has_value());
}

TEST_CASE("a Refusal with an unknown reason is an error", "[envelope]") {
    std::string body = encode(Refusal{Reason::Timeout, "", false});
    body[0] = static_cast<char>(static_cast<int>(Reason::Timeout) + 1);
    CHECK_FALSE(parse_refusal(body).has_value());
}

TEST_CASE("a text longer than its limit is refused before it is copied", "[envelope]") {
    Hello hello = sample_hello();
    hello.software = std::string(kLongestSoftware, 's');
    std::string body = encode(hello);
    const std::size_t length_at = body.size() - kLongestSoftware - 2;
    body[length_at + 1] = static_cast<char>(kLongestSoftware + 1);
    body += "s";
    CHECK_FALSE(parse_hello(body).has_value());
}

TEST_CASE("a relay time that no clock can show is refused", "[envelope]") {
    std::string body = encode(sample_challenge());
    body[kNonceSize] = '\x7f';
    CHECK_FALSE(parse_challenge(body).has_value());
}

TEST_CASE("long texts of refusals are cut to what a reader takes", "[envelope]") {
    const auto parsed = parse_refusal(encode(Refusal{Reason::Protocol, std::string(5000, 'x'), false}));
    REQUIRE(parsed.has_value());
    CHECK(parsed->text.size() == kLongestReasonText);
}

TEST_CASE("the signed text differs when anything it binds differs", "[envelope]") {
    const Challenge base = sample_challenge();
    const std::string text = signed_text(base, Role::Agent, 0);
    CHECK(text.starts_with("culvert admission 1"));

    Challenge other = base;
    other.nonce[31] ^= 1;
    CHECK(signed_text(other, Role::Agent, 0) != text);
    other = base;
    other.mesh = "acm";
    CHECK(signed_text(other, Role::Agent, 0) != text);
    other = base;
    other.relay_url += "x";
    CHECK(signed_text(other, Role::Agent, 0) != text);
    other = base;
    other.protocol = 2;
    CHECK(signed_text(other, Role::Agent, 0) != text);
    CHECK(signed_text(base, Role::Controller, 0) != text);
    CHECK(signed_text(base, Role::Agent, 1) != text);
}

TEST_CASE("the signed text cannot be shifted from one field into the next", "[envelope]") {
    Challenge left = sample_challenge();
    Challenge right = sample_challenge();
    left.mesh = "ab";
    left.relay_url = "c";
    right.mesh = "a";
    right.relay_url = "bc";
    CHECK(signed_text(left, Role::Agent, 0) != signed_text(right, Role::Agent, 0));
}

TEST_CASE("the largest Hello fits in one envelope", "[envelope]") {
    Hello hello = sample_hello();
    hello.certificate_der = std::string(kLargestCertificate, 'c');
    hello.signature = std::string(kLargestSignature, 's');
    CHECK(encode(hello).size() <= kLargestBody);
}

TEST_CASE("random bodies are read or refused, never misread beyond their end", "[envelope]") {
    CHECK(rc::check([](const std::string& noise) {
        parse_challenge(noise);
        parse_admitted(noise);
        parse_refusal(noise);
        parse_join_state(noise);
        if (const auto hello = parse_hello(noise)) RC_ASSERT(hello->certificate_der.size() <= noise.size());
    }));
}
