#include "common/crypto/join_token.h"

#include <catch2/catch.hpp>

#include "common/base/wall_time.h"
#include "common/crypto/base32.h"
#include "common/crypto/digest.h"

using namespace culvert;
using namespace culvert::crypto;

namespace {

JoinToken some_token() {
    JoinToken token;
    token.mesh = "acme";
    token.relays = {"wss://relay.example.com/mesh", "wss://relay2.example.com:8443/mesh"};
    token.mesh_ca_sha256 = sha256("ca");
    token.invite = {{1, 2, 3, 4, 5, 6, 7, 8}};
    token.secret = Secret(sha256("secret"));
    token.expires = from_unix_seconds(1'772'366'400);
    return token;
}

// The same token with its binary form changed and its checksum made right again.
std::string changed(const std::string& token, std::size_t at, char value) {
    std::string binary = *from_base32(token.substr(5));
    binary.resize(binary.size() - 4);
    binary[at] = value;
    return "cvj1_" + to_base32(binary + sha256(binary).substr(0, 4));
}

}  // namespace

TEST_CASE("a join token gives back what it was made of", "[crypto]") {
    JoinToken token = some_token();
    const auto text = format_join_token(token);
    REQUIRE(text);
    CHECK_THAT(*text, Catch::StartsWith("cvj1_"));
    CHECK(text->find_first_not_of("abcdefghijklmnopqrstuvwxyz234567cvj1_") == std::string::npos);
    CHECK(parse_join_token(*text) == token);
    token.web_pin = sha256("web");
    CHECK(parse_join_token(*format_join_token(token)) == token);
}

TEST_CASE("a join token survives what mail programs do to it", "[crypto]") {
    const std::string text = *format_join_token(some_token());
    CHECK(parse_join_token("  " + text.substr(0, 60) + "\r\n   " + text.substr(60) + "\n") == some_token());
}

TEST_CASE("what is no join token is called that", "[crypto]") {
    CHECK(parse_join_token("").error().message == "no join token: the text is empty");
    CHECK(parse_join_token("hello").error().message == "not a join token: a token is one line that starts with cvj1_");
    CHECK_THAT(parse_join_token("cvj_abc").error().message, Catch::StartsWith("not a join token"));
    CHECK_THAT(parse_join_token("cvjx_abc").error().message, Catch::StartsWith("not a join token"));
    CHECK_THAT(parse_join_token(std::string(100'000, 'a')).error().message, Catch::StartsWith("not a join token"));
}

TEST_CASE("a join token that was cut anywhere is called cut short or altered", "[crypto]") {
    const std::string text = *format_join_token(some_token());
    for (std::size_t length = 5; length < text.size(); ++length) {
        const auto parsed = parse_join_token(text.substr(0, length));
        REQUIRE_FALSE(parsed);
        REQUIRE_THAT(parsed.error().message, Catch::StartsWith("this join token is cut short or altered"));
    }
    CHECK_THAT(parse_join_token(text + "a").error().message,
               Catch::StartsWith("this join token is cut short or altered"));
}

TEST_CASE("a join token with one other character is called cut short or altered", "[crypto]") {
    const std::string text = *format_join_token(some_token());
    for (std::size_t i = 5; i < text.size(); ++i) {
        std::string altered = text;
        altered[i] = altered[i] == 'a' ? 'b' : 'a';
        const auto parsed = parse_join_token(altered);
        REQUIRE_FALSE(parsed);
        REQUIRE_THAT(parsed.error().message, Catch::StartsWith("this join token is cut short or altered"));
    }
}

TEST_CASE("a join token of a later format asks for a later program", "[crypto]") {
    CHECK_THAT(parse_join_token("cvj2_abcdef").error().message,
               Catch::Contains("has format 2, this program reads format 1"));
    CHECK_THAT(parse_join_token(changed(*format_join_token(some_token()), 0, 3)).error().message,
               Catch::Contains("has format 3"));
}

TEST_CASE("a join token with a right checksum is still not believed", "[crypto]") {
    const std::string text = *format_join_token(some_token());
    CHECK_FALSE(parse_join_token(changed(text, 1, '\xff')));  // length of the mesh's name
    CHECK_FALSE(parse_join_token(changed(text, 2, ' ')));     // the name itself
    CHECK_FALSE(parse_join_token(changed(text, 6, 0)));       // no relay
    CHECK_FALSE(parse_join_token(changed(text, 6, 100)));     // too many
}

TEST_CASE("a join token is made only from what can be read back", "[crypto]") {
    JoinToken token = some_token();
    token.relays.clear();
    CHECK_FALSE(format_join_token(token));
    token = some_token();
    token.relays = {"https://relay.example.com"};
    CHECK_FALSE(format_join_token(token));
    token = some_token();
    token.secret = Secret("short");
    CHECK_FALSE(format_join_token(token));
}

TEST_CASE("an invite's id is read as it is written", "[crypto]") {
    const InviteId id{{0, 0x1f, 0xff, 3, 4, 5, 6, 0xa7}};
    CHECK(to_string(id) == "001fff03040506a7");
    CHECK(parse_invite_id("001fff03040506a7") == id);
    CHECK_FALSE(parse_invite_id("001fff03040506a"));
    CHECK_FALSE(parse_invite_id("001fff03040506ag"));
}
