#include "tunnel/pac/result.h"

#include <catch2/catch.hpp>

using namespace culvert;
using tunnel::pac::kMostWays;
using tunnel::pac::parse_result;

namespace {

// The proxies in order, "direct" among them; or the error.
std::string ways(const std::string& text) {
    std::vector<std::string> left_out;
    const auto parsed = parse_result(text, left_out);
    if (!parsed) return "error: " + parsed.error().message;
    std::string list;
    for (const auto& way : *parsed) list += (list.empty() ? "" : " ") + (way.proxy.empty() ? "direct" : way.proxy);
    for (const std::string& entry : left_out) list += " (not " + entry + ")";
    return list;
}

}  // namespace

TEST_CASE("every kind of proxy that a script names becomes a URL", "[pac]") {
    CHECK(ways("PROXY a:3128") == "http://a:3128");
    CHECK(ways("PROXY A.corp") == "http://a.corp:80");
    CHECK(ways("HTTP a:8080") == "http://a:8080");
    CHECK(ways("HTTPS a") == "https://a:443");
    CHECK(ways("SOCKS a") == "socks5h://a:1080");
    CHECK(ways("SOCKS5 a:1081") == "socks5h://a:1081");
    CHECK(ways("PROXY [fd00::1]:3128") == "http://[fd00::1]:3128");
    CHECK(ways("PROXY [fd00::1]") == "http://[fd00::1]:80");
    CHECK(ways("DIRECT") == "direct");
}

TEST_CASE("a list keeps its order, whatever its blanks and case", "[pac]") {
    CHECK(ways(" proxy a:1;PROXY  b:2 ;\tHTTPS c:3; direct; ") == "http://a:1 http://b:2 https://c:3 direct");
}

TEST_CASE("nothing and null mean direct, as in browsers", "[pac]") {
    CHECK(ways("") == "direct");
    CHECK(ways("  ") == "direct");
    CHECK(ways("null") == "direct");
}

TEST_CASE("an entry of an unknown kind is left out and told", "[pac]") {
    CHECK(ways("SOCKS4 a:1; PROXY b:2") == "http://b:2 (not SOCKS4 a:1)");
    CHECK(ways("PROXY b:2; PROXY ; PROXY a:0; PROXY a:65536; PROXY a b:1") ==
          "http://b:2 (not PROXY) (not PROXY a:0) (not PROXY a:65536) (not PROXY a b:1)");
}

TEST_CASE("an answer without any usable entry is an error that quotes it", "[pac]") {
    CHECK(ways("undefined").find("error: FindProxyForURL ended without a return") == 0);
    CHECK(ways("SOCKS4 a:1").find("error: FindProxyForURL returned \"SOCKS4 a:1\"") == 0);
    CHECK(ways("3").find("error: ") == 0);
    CHECK(ways("PROXY http://a:1").find("error: ") == 0);
    CHECK(ways("PROXY a:1@b").find("error: ") == 0);
    CHECK(ways(";;").find("error: ") == 0);
}

TEST_CASE("a script that names proxies without end is cut short", "[pac]") {
    std::string text;
    for (int i = 0; i < 1000; ++i) text += "PROXY a:1; ODD " + std::string(500, 'x') + ";";
    std::vector<std::string> left_out;
    const auto parsed = parse_result(text, left_out);
    REQUIRE(parsed);
    CHECK(parsed->size() == kMostWays);
    CHECK(left_out.size() == kMostWays);
    CHECK(left_out.front().size() < 200);
}
