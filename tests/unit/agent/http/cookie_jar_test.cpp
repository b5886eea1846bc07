#include "agent/http/cookie_jar.h"

#include <algorithm>

#include <catch2/catch.hpp>

namespace culvert::agent::http {
namespace {

using namespace std::chrono_literals;

const WallTime kNow = WallTime(std::chrono::sys_days(std::chrono::year(2026) / 11 / 22));

Url url(const char* text) {
    return parse_url(text).value();
}

std::string header(const CookieJar& jar, const char* text, WallTime now = kNow) {
    std::string out;
    jar.append_header(url(text), now, out);
    return out;
}

TEST_CASE("a cookie goes back to the host that set it, and nowhere else", "[http]") {
    CookieJar jar;
    jar.take(url("http://a.test/"), "sid=1; HttpOnly; SameSite=Lax", kNow);
    CHECK(header(jar, "http://a.test/x") == "sid=1");
    CHECK(header(jar, "http://b.a.test/").empty());
    CHECK(header(jar, "http://b.test/").empty());
}

TEST_CASE("a domain widens a cookie to what lies below it, as far as its host may", "[http]") {
    CookieJar jar;
    jar.take(url("http://www.a.test/"), "wide=1; Domain=.A.test", kNow);
    jar.take(url("http://www.a.test/"), "foreign=1; Domain=b.test", kNow);
    jar.take(url("http://www.a.test/"), "toplevel=1; Domain=test", kNow);
    jar.take(url("http://evila.test/"), "suffix=1; Domain=a.test", kNow);
    jar.take(url("http://10.0.0.1/"), "address=1; Domain=0.0.1", kNow);
    CHECK(header(jar, "http://api.a.test/") == "wide=1");
    CHECK(header(jar, "http://a.test/") == "wide=1");
    CHECK(header(jar, "http://b.test/").empty());
    CHECK(header(jar, "http://10.0.0.1/").empty());
}

TEST_CASE("paths choose cookies, the longest first", "[http]") {
    CookieJar jar;
    jar.take(url("http://a.test/x/y"), "default=1", kNow);  // of /x
    jar.take(url("http://a.test/"), "root=1; Path=/", kNow);
    jar.take(url("http://a.test/"), "deep=1; Path=/x/y", kNow);
    CHECK(header(jar, "http://a.test/x/y/z") == "deep=1; default=1; root=1");
    CHECK(header(jar, "http://a.test/x") == "default=1; root=1");
    CHECK(header(jar, "http://a.test/xy") == "root=1");
}

TEST_CASE("a secure cookie is set and sent with TLS only", "[http]") {
    CookieJar jar;
    jar.take(url("http://a.test/"), "no=1; Secure", kNow);
    jar.take(url("https://a.test/"), "yes=1; Secure", kNow);
    CHECK(header(jar, "https://a.test/") == "yes=1");
    CHECK(header(jar, "http://a.test/").empty());
}

TEST_CASE("cookies expire, and an expired one deletes", "[http]") {
    CookieJar jar;
    jar.take(url("http://a.test/"), "short=1; Max-Age=60", kNow);
    jar.take(url("http://a.test/"), "long=1; Expires=Wed, 21 Oct 2099 07:28:00 GMT", kNow);
    jar.take(url("http://a.test/"), "both=1; Max-Age=60; Expires=Wed, 21 Oct 2015 07:28:00 GMT", kNow);
    CHECK(header(jar, "http://a.test/") == "short=1; long=1; both=1");
    CHECK(header(jar, "http://a.test/", kNow + 61s) == "long=1");
    jar.take(url("http://a.test/"), "long=; Expires=Thu, 01 Jan 1970 00:00:00 GMT", kNow);
    CHECK(header(jar, "http://a.test/", kNow + 61s).empty());
}

TEST_CASE("a cookie of the same name takes the place of the old one", "[http]") {
    CookieJar jar;
    jar.take(url("http://a.test/"), "a=1", kNow);
    jar.take(url("http://a.test/"), "b=1", kNow);
    jar.take(url("http://a.test/"), "a=2", kNow);
    CHECK(header(jar, "http://a.test/") == "a=2; b=1");
}

TEST_CASE("a jar is bounded, and so is a cookie", "[http]") {
    CookieJar jar;
    for (int i = 0; i < 200; ++i) jar.take(url("http://a.test/"), "c" + std::to_string(i) + "=1", kNow);
    const std::string all = header(jar, "http://a.test/");
    CHECK(std::count(all.begin(), all.end(), '=') == static_cast<int>(CookieJar::kMostCookies));
    CHECK(all.find("c199=1") != std::string::npos);
    CHECK_FALSE(parse_set_cookie("a=" + std::string(5000, 'x'), kNow).has_value());
    CHECK_FALSE(parse_set_cookie("no equals sign", kNow).has_value());
    CHECK_FALSE(parse_set_cookie("=x", kNow).has_value());
}

TEST_CASE("dates are read in every form that servers send", "[http]") {
    const WallTime wanted = WallTime(std::chrono::sys_days(std::chrono::year(1994) / 11 / 6)) + 8h + 49min + 37s;
    for (const char* text : {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT",
                             "Sun Nov  6 08:49:37 1994", "06 nov 1994 8:49:37"}) {
        INFO(text);
        CHECK(parse_cookie_date(text) == wanted);
    }
    for (const char* text : {"", "yesterday", "Sun, 32 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 25:00:00 GMT",
                             "Sun, 30 Feb 2020 00:00:00 GMT", "Sun, 06 Nov 1994"}) {
        INFO(text);
        CHECK_FALSE(parse_cookie_date(text).has_value());
    }
}

}  // namespace
}  // namespace culvert::agent::http
