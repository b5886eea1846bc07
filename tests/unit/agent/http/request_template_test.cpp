#include "agent/http/request_template.h"

#include <catch2/catch.hpp>

#include "agent/http/encoding.h"

namespace culvert::agent::http {
namespace {

using workload::Method;
using workload::Template;
using Encoding = Template::Encoding;

const std::vector<std::string> kNames{"a", "b", "c"};

struct Fixed final : Variables {
    std::vector<std::string> values;
    explicit Fixed(std::vector<std::string> given) : values(std::move(given)) {}
    std::string_view value(std::uint32_t variable) const override { return values.at(variable); }
};

Template text(const std::string& literal) {
    return Template{{{literal, std::nullopt, Encoding::Raw}}};
}
Template with(const std::string& before, std::uint32_t variable, Encoding encoding, const std::string& after = "") {
    return Template{
        {{before, std::nullopt, Encoding::Raw}, {"", variable, encoding}, {after, std::nullopt, Encoding::Raw}}};
}

workload::RequestStep get(Template url) {
    workload::RequestStep step;
    step.name = "step";
    step.url = std::move(url);
    return step;
}

std::string rendered(const RequestTemplate& request, const Variables& variables, std::string_view cookies = {}) {
    std::string out;
    const auto url = request.url(variables);
    REQUIRE(request.render(variables, &*url, cookies, out).has_value());
    return out;
}

const std::string kAgent = std::string("User-Agent: ") + default_user_agent() + "\r\n";

TEST_CASE("a request without variables is one text", "[http]") {
    const auto request = RequestTemplate::compile(get(text("http://a.test:81/x y#z")), Constants(3), kNames).value();
    CHECK(request.fixed_text() == "GET /x%20y HTTP/1.1\r\nHost: a.test:81\r\n" + kAgent + "\r\n");
    CHECK(request.fixed_origin() == Origin{false, "a.test", 81});
}

TEST_CASE("constants are folded, so a base URL in a variable costs nothing", "[http]") {
    Constants constants(3);
    constants[0] = "https://shop.test";
    const auto request =
        RequestTemplate::compile(get(with("", 0, Encoding::Raw, "/health")), constants, kNames).value();
    CHECK(request.fixed_origin() == Origin{true, "shop.test", 443});
    CHECK(request.fixed_text().find("GET /health HTTP/1.1\r\nHost: shop.test\r\n") == 0);
}

TEST_CASE("variables are written as their place asks", "[http]") {
    auto step = get(with("http://a.test/p/", 0, Encoding::Url, "?q=1"));
    step.method = Method::Post;
    step.headers = {{"X-B", with("<", 1, Encoding::Raw, ">")}};
    step.body = with("{\"v\":\"", 2, Encoding::JsonText, "\"}");
    const auto request = RequestTemplate::compile(step, Constants(3), kNames).value();
    CHECK(request.fixed_text().empty());
    CHECK(rendered(request, Fixed({"a/b c", "x", "\"1\"\n"}), "k=v") ==
          "POST /p/a%2Fb%20c?q=1 HTTP/1.1\r\nHost: a.test\r\n" + kAgent +
              "X-B: <x>\r\nCookie: k=v\r\nContent-Length:                   15\r\n\r\n{\"v\":\"\\\"1\\\"\\n\"}");
}

TEST_CASE("a length is sent with every body, and with methods that expect one", "[http]") {
    auto step = get(text("http://a.test/"));
    step.method = Method::Post;
    CHECK(RequestTemplate::compile(step, Constants(3), kNames).value().fixed_text().find("Content-Length: 0\r\n\r\n") !=
          std::string::npos);
    step.body = text("12345");
    CHECK(RequestTemplate::compile(step, Constants(3), kNames)
              .value()
              .fixed_text()
              .find("Content-Length: 5\r\n\r\n12345") != std::string::npos);
    step.method = Method::Delete;
    step.body.reset();
    CHECK(RequestTemplate::compile(step, Constants(3), kNames).value().fixed_text().find("Content-Length") ==
          std::string::npos);
}

TEST_CASE("an origin that depends on a variable is found for each request", "[http]") {
    const auto request =
        RequestTemplate::compile(get(with("http://", 0, Encoding::Raw, "/x")), Constants(3), kNames).value();
    CHECK_FALSE(request.fixed_origin().has_value());
    const Fixed variables({"b.test:90", "", ""});
    CHECK(request.url(variables).value() == Url{{false, "b.test", 90}, "/x"});
    CHECK(rendered(request, variables).find("GET /x HTTP/1.1\r\nHost: b.test:90\r\n") == 0);
    CHECK_FALSE(request.url(Fixed({"not a host", "", ""})).has_value());
}

TEST_CASE("the plan's own Host and User-Agent take the place of the default ones", "[http]") {
    auto step = get(text("http://a.test/"));
    step.headers = {{"host", text("virtual.test")}, {"User-Agent", text("mine/1")}};
    const auto request = RequestTemplate::compile(step, Constants(3), kNames).value();
    CHECK(request.fixed_text() == "GET / HTTP/1.1\r\nhost: virtual.test\r\nUser-Agent: mine/1\r\n\r\n");
}

TEST_CASE("headers that would break a request are refused", "[http]") {
    for (const auto& [name, value] : std::vector<std::pair<std::string, std::string>>{{"Content-Length", "5"},
                                                                                      {"Transfer-Encoding", "chunked"},
                                                                                      {"Bad Name", "x"},
                                                                                      {"", "x"},
                                                                                      {"X", "a\r\nb"}}) {
        auto step = get(text("http://a.test/"));
        step.headers = {{name, text(value)}};
        CHECK_FALSE(RequestTemplate::compile(step, Constants(3), kNames).has_value());
    }
    auto step = get(text("http://a.test/"));
    step.headers = {{"X", with("", 0, Encoding::Raw)}};
    const auto request = RequestTemplate::compile(step, Constants(3), kNames).value();
    std::string out;
    const auto status = request.render(Fixed({"a\nb", "", ""}), nullptr, {}, out);
    REQUIRE_FALSE(status.has_value());
    CHECK(status.error().message == "${a} holds a line break, which cannot stand in a header");
}

TEST_CASE("a redirect to another origin carries no credentials, and a GET no body", "[http]") {
    auto step = get(text("http://a.test/"));
    step.method = Method::Post;
    step.headers = {{"Authorization", text("Bearer x")}, {"Content-Type", text("text/plain")}, {"X-Kept", text("1")}};
    step.body = text("body");
    const auto request = RequestTemplate::compile(step, Constants(3), kNames).value();
    std::string out;
    REQUIRE(
        request
            .render_redirected(Fixed({}), Redirected{{{false, "b.test", 80}, "/n"}, Method::Get, false, true}, {}, out)
            .has_value());
    CHECK(out == "GET /n HTTP/1.1\r\nHost: b.test\r\n" + kAgent + "X-Kept: 1\r\n\r\n");
    out.clear();
    REQUIRE(request
                .render_redirected(Fixed({}), Redirected{{{false, "a.test", 80}, "/n"}, Method::Post, true, false},
                                   "c=1", out)
                .has_value());
    CHECK(out.find("Authorization: Bearer x\r\n") != std::string::npos);
    CHECK(out.find("Cookie: c=1\r\nContent-Length: 4\r\n\r\nbody") != std::string::npos);
}

TEST_CASE("JSON numbers are told from other text", "[http]") {
    for (const char* good : {"0", "-1", "1.5", "1e9", "-0.1E-2", "120"}) CHECK(is_json_number(good));
    for (const char* bad : {"", "01", "1.", ".5", "+1", "1e", "0x1", "1 ", "NaN", "--1"})
        CHECK_FALSE(is_json_number(bad));
    std::string out;
    CHECK_FALSE(append_encoded(out, "x", Encoding::JsonNumber));
    CHECK(out.empty());
    CHECK(append_encoded(out, "a b&\x01", Encoding::Form));
    CHECK(out == "a+b%26%01");
    out.clear();
    CHECK(append_encoded(out, "\x01\\ü", Encoding::JsonText));
    CHECK(out == "\\u0001\\\\ü");
}

}  // namespace
}  // namespace culvert::agent::http
