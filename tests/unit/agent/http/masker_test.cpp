#include "agent/http/masker.h"

#include <catch2/catch.hpp>

#include "agent/http/redirect.h"

namespace culvert::agent::http {
namespace {

TEST_CASE("a secret is masked in every form it is sent in", "[http]") {
    const Masker masker({"p&ss \"1\"", "", "token"});
    CHECK(masker.mask("p&ss \"1\" p%26ss%20%221%22 p%26ss+%221%22 p&ss \\\"1\\\" p&ss%20%221%22 tokens") ==
          "*** *** *** *** *** ***s");
    CHECK(masker.mask("nothing here") == "nothing here");
}

TEST_CASE("the end of a text that went on shows no beginning of a secret", "[http]") {
    const Masker masker({"hunter2", "2-two"});
    CHECK(masker.mask_beginning("say hunt") == "say ");
    CHECK(masker.mask_beginning("say hunter") == "say ");
    CHECK(masker.mask_beginning("say hunter2") == "say ***");
    CHECK(masker.mask_beginning("say 12-tw") == "say 1");
    CHECK(masker.mask_beginning("say nothing") == "say nothing");
    CHECK(masker.mask_beginning("h").empty());
    CHECK(Masker({}).mask_beginning("hunter").size() == 6);
}

TEST_CASE("headers that carry credentials are hidden, the others stay", "[http]") {
    const Masker masker({"hunter2"});
    CHECK(masker.mask_head("GET /?p=hunter2 HTTP/1.1\r\nAuthorization: Basic abc\r\nCOOKIE: a=b\r\nX-Note: hunter2 "
                           "here\r\nproxy-authorization:x\r\n") ==
          "GET /?p=*** HTTP/1.1\r\nAuthorization: ***\r\nCOOKIE: ***\r\nX-Note: *** here\r\nproxy-authorization: "
          "***\r\n");
    CHECK(masker.mask_head("HTTP/1.1 200 OK\nSet-Cookie: a").find("a", 20) == std::string::npos);
    CHECK(masker.mask_head("").empty());
}

TEST_CASE("a redirect keeps or changes the method as its status says", "[http]") {
    using workload::Method;
    const Url from = parse_url("https://a.test/x").value();
    CHECK(follow(302, "/y", from, Method::Post, true)->method == Method::Get);
    CHECK_FALSE(follow(302, "/y", from, Method::Post, true)->with_body);
    CHECK(follow(302, "/y", from, Method::Put, true)->method == Method::Put);
    CHECK(follow(303, "/y", from, Method::Delete, true)->method == Method::Get);
    CHECK(follow(303, "/y", from, Method::Head, false)->method == Method::Head);
    CHECK(follow(308, "/y", from, Method::Post, true)->with_body);
    CHECK_FALSE(follow(307, "/y", from, Method::Get, false)->other_origin);
    CHECK(follow(307, "http://a.test/y", from, Method::Get, false)->other_origin);
    CHECK_FALSE(follow(301, "ftp://a.test/", from, Method::Get, false).has_value());
    CHECK(is_redirect(301));
    CHECK_FALSE(is_redirect(304));
}

}  // namespace
}  // namespace culvert::agent::http
