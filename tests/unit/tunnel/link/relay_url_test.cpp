#include "tunnel/link/relay_url.h"

#include <catch2/catch.hpp>

using namespace culvert;
using namespace tunnel::link;

TEST_CASE("a relay's URL is taken apart", "[link]") {
    struct Row {
        const char* text;
        bool tls;
        const char* host;
        int port;
        const char *path, *authority;
    };
    for (const Row& row :
         {Row{"wss://Relay.example.com/mesh", true, "relay.example.com", 443, "/mesh", "relay.example.com"},
          Row{"wss://relay.example.com:8443/mesh", true, "relay.example.com", 8443, "/mesh", "relay.example.com:8443"},
          Row{"wss://relay.example.com", true, "relay.example.com", 443, "/", "relay.example.com"},
          Row{"wss://relay.example.com:443", true, "relay.example.com", 443, "/", "relay.example.com"},
          Row{"ws://127.0.0.1:8080/a/b?c=d", false, "127.0.0.1", 8080, "/a/b?c=d", "127.0.0.1:8080"},
          Row{"wss://[::1]:8443/mesh", true, "::1", 8443, "/mesh", "[::1]:8443"},
          Row{"wss://[2001:DB8::1]/", true, "2001:db8::1", 443, "/", "[2001:db8::1]"}}) {
        INFO(row.text);
        const auto url = parse_relay_url(row.text);
        REQUIRE(url);
        CHECK(url->tls == row.tls);
        CHECK(url->host == row.host);
        CHECK(url->port == row.port);
        CHECK(url->path == row.path);
        CHECK(url->authority() == row.authority);
        CHECK(url->text == row.text);
    }
}

TEST_CASE("a broken relay URL is refused with the form to write", "[link]") {
    for (const char* text :
         {"", "https://relay/", "relay.example.com", "wss://", "wss:///mesh", "wss://relay:/", "wss://relay:0/",
          "wss://relay:65536/", "wss://relay:44x/", "wss://user@relay/", "wss://re lay/", "wss://relay/a b",
          "wss://relay/#x", "wss://relay/\r\nX: y", "wss://[::1/", "wss://[relay]/", "wss://[::1]x/", "wss://::1/"}) {
        INFO(text);
        const auto url = parse_relay_url(text);
        REQUIRE_FALSE(url);
        CHECK(url.error().code == Code::InvalidInput);
        CHECK(url.error().message.find("wss://HOST[:PORT]/PATH") != std::string::npos);
    }
    CHECK_FALSE(parse_relay_url("wss://relay/" + std::string(600, 'x')));
}

TEST_CASE("a relay is the same by host and path, whatever its port mapping", "[link]") {
    const auto same = [](const char* a, const char* b) { return same_relay(*parse_relay_url(a), *parse_relay_url(b)); };
    CHECK(same("wss://relay.test/mesh", "wss://RELAY.test:8443/mesh/"));
    CHECK(same("wss://relay.test", "ws://relay.test/"));
    CHECK_FALSE(same("wss://relay.test/mesh", "wss://relay2.test/mesh"));
    CHECK_FALSE(same("wss://relay.test/mesh", "wss://relay.test/other"));
}
