#include "agent/http/url.h"

#include <catch2/catch.hpp>

namespace culvert::agent::http {
namespace {

TEST_CASE("a URL is an origin and a target", "[http]") {
    const Url url = parse_url("HTTPS://Shop.Acme.test:8443/a/b?x=1#part").value();
    CHECK(url.origin == Origin{true, "shop.acme.test", 8443});
    CHECK(url.target == "/a/b?x=1");
    CHECK(parse_url("http://a.test").value() == Url{{false, "a.test", 80}, "/"});
    CHECK(parse_url("https://a.test?q").value() == Url{{true, "a.test", 443}, "/?q"});
    CHECK(parse_url("http://[2001:DB8::1]:81/x").value() == Url{{false, "2001:db8::1", 81}, "/x"});
}

TEST_CASE("the Host header leaves out the scheme's own port", "[http]") {
    CHECK(host_header({true, "a.test", 443}) == "a.test");
    CHECK(host_header({false, "a.test", 443}) == "a.test:443");
    CHECK(host_header({true, "::1", 8443}) == "[::1]:8443");
    CHECK(to_string(Origin{true, "a.test", 443}) == "https://a.test");
}

TEST_CASE("what cannot stand in a request line is encoded", "[http]") {
    CHECK(parse_url("http://a.test/a b?q=ü\r\nX: y").value().target == "/a%20b?q=%C3%BC%0D%0AX:%20y");
}

TEST_CASE("what is no URL of HTTP is refused in words", "[http]") {
    for (const char* text : {"", "a.test/x", "ftp://a.test/", "http://", "http:///x", "http://a b/",
                             "http://user:secret@a.test/", "http://a.test:0/", "http://a.test:99999/",
                             "http://a.test:8x/", "http://[::1/", "http://[a.test]/", "http://ü.test/"}) {
        INFO(text);
        const auto url = parse_url(text);
        REQUIRE_FALSE(url.has_value());
        CHECK(url.error().message.find("URL \"") == 0);
    }
    CHECK_FALSE(parse_url("http://a.test/" + std::string(kLongestUrl, 'x')).has_value());
}

TEST_CASE("references are resolved as RFC 3986 says", "[http]") {
    const Url base = parse_url("http://a.test/b/c/d?q").value();
    const auto target = [&base](const char* reference) { return resolve_reference(base, reference).value().target; };
    CHECK(target("g") == "/b/c/g");
    CHECK(target("./g") == "/b/c/g");
    CHECK(target("g/") == "/b/c/g/");
    CHECK(target("/g") == "/g");
    CHECK(target("?y") == "/b/c/d?y");
    CHECK(target("g?y") == "/b/c/g?y");
    CHECK(target("") == "/b/c/d?q");
    CHECK(target("..") == "/b/");
    CHECK(target("../g") == "/b/g");
    CHECK(target("../..") == "/");
    CHECK(target("../../../g") == "/g");
    CHECK(target("/./g/../h") == "/h");
    CHECK(target("g#s") == "/b/c/g");
    CHECK(resolve_reference(base, "//other.test/x").value() == Url{{false, "other.test", 80}, "/x"});
    CHECK(resolve_reference(base, "https://other.test").value() == Url{{true, "other.test", 443}, "/"});
    CHECK_FALSE(resolve_reference(base, "mailto:x@y").has_value());
}

}  // namespace
}  // namespace culvert::agent::http
