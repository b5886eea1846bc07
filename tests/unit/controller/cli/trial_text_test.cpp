#include "controller/cli/render/trial_text.h"

#include <catch2/catch.hpp>

#include "controller/cli/render/http_body.h"
#include "tests/support/golden.h"

using namespace culvert;
using namespace culvert::cli::render;
using metrics::Exchange;

namespace {

workload::Plan shop_plan() {
    auto plan = workload::parse_plan("shop.yaml", R"(culvert: 1
name: Shop
scenarios:
  browse:
    load: [ constant_rate: { rate: 1/s, for: 1m } ]
    steps:
      - post: "https://shop.acme.test/login"
        name: log in
      - get: "https://shop.acme.test/products"
        name: list products
      - get: "https://shop.acme.test/logo.png"
        name: logo
      - get: "https://shop.acme.test/big"
        name: big page
      - post: "https://shop.acme.test/cart"
        name: add to cart
  moon:
    agents: { region: moon }
    load: [ constant_rate: { rate: 1/s, for: 1m } ]
    steps: [ get: "https://moon.acme.test/" ]
)");
    REQUIRE(plan);
    return std::move(*plan);
}

run::TrialChoice choice() {
    run::TrialChoice choice;
    choice.agent.name = "fra-1";
    choice.agent.labels = {{"os", "linux"}, {"region", "eu"}};
    choice.carried = {true, false};
    choice.left_out = {false, true};
    return choice;
}

Exchange exchange(std::uint32_t step, const char* method, const char* path, std::uint16_t status) {
    Exchange made;
    made.step = step;
    made.method = method;
    made.url = std::string("https://shop.acme.test") + path;
    made.request.head = std::string(method) + " " + path + " HTTP/1.1\r\nHost: shop.acme.test";
    made.status = status;
    if (status != 0) made.response.head = "HTTP/1.1 " + std::to_string(status);
    made.first_byte_micros = 11'400;
    made.rest_micros = 300;
    made.latency_micros = 12'000;
    made.remote_address = "10.1.0.7:443";
    return made;
}

void give_body(metrics::HttpText& text, std::string type, std::string body) {
    text.head += "\r\nContent-Type: " + std::move(type);
    text.body_size = body.size();
    text.body = std::move(body);
}

std::vector<Exchange> exchanges() {
    Exchange login = exchange(0, "POST", "/login", 200);
    login.dns_micros = 900;
    login.connect_micros = 2'100;
    login.tls_micros = 4'000;
    login.request.head += "\r\nX-Api-Key: ***";
    give_body(login.request, "application/x-www-form-urlencoded", "user=ana&password=***");
    give_body(login.response, "application/json", R"({"token":"***","roles":[],"name":"Ana \u00e9"})");
    login.checks = {{"status: 200", true, "200"}};
    login.saves = {{"token", "***"}};

    Exchange moved = exchange(1, "GET", "/products", 302);
    moved.response.head += "\r\nLocation: /products/";
    moved.ending = Exchange::Ending::Redirected;
    Exchange products = exchange(1, "GET", "/products/", 200);
    products.attempt = 1;
    give_body(products.response, "text/plain", "lamp\tchair\r\ntable\r\n");
    products.checks = {{"json /items/0/sku exists", false, "no JSON"}, {"status: 200", true, "200"}};
    products.error = metrics::ErrorKind::Check;
    products.what = "json /items/0/sku exists: no JSON";
    products.phase = "check";

    Exchange logo = exchange(2, "GET", "/logo.png", 200);
    give_body(logo.response, "image/png", std::string("\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 16));
    logo.response.body_size = 20'480;

    Exchange big = exchange(3, "GET", "/big", 200);
    give_body(big.response, "text/html", "<html>\n" + std::string(60, 'x'));
    big.response.body_size = 3'500'000;
    big.response.cut = true;

    Exchange cart = exchange(4, "POST", "/cart", 0);
    cart.remote_address.clear();
    cart.first_byte_micros = cart.rest_micros = std::nullopt;
    cart.error = metrics::ErrorKind::Refused;
    cart.what = "connecting to 10.1.0.7:443: Connection refused";
    cart.phase = "connect";
    return {login, moved, products, logo, big, cart};
}

std::string whole(const TextStyle& style) {
    const workload::Plan plan = shop_plan();
    std::string text = trial_head(plan, choice(), style);
    std::size_t number = 0;
    for (const Exchange& one : exchanges())
        text += trial_exchange(one, one.attempt == 0 ? ++number : number, plan, style);
    return text + trial_end(plan, choice(), exchanges(), style);
}

}  // namespace

TEST_CASE("a trial shows every request and response, checks that failed, and what was not reached", "[cli]") {
    test::check_golden("cli/trial.txt", whole(TextStyle{100, false, true}));
}

TEST_CASE("where the locale is not UTF-8 a trial is all ASCII", "[cli]") {
    const std::string text = whole(TextStyle{100, false, false});
    test::check_golden("cli/trial_ascii.txt", text);
    for (const char c : text) CHECK(static_cast<unsigned char>(c) < 0x80);
}

TEST_CASE("a trial as JSON has bodies that are not text in base64", "[cli]") {
    const workload::Plan plan = shop_plan();
    const run::TrialChoice chosen = choice();
    const std::vector<Exchange> all = exchanges();
    const run::TrialEnd end{ExitCode::ThresholdsFailed, {}};
    test::check_golden("cli/trial.json", trial_json({plan, chosen, all, end}));
}

TEST_CASE("what a stranger's response holds does not reach the terminal as control characters", "[cli]") {
    Exchange evil = exchange(1, "GET", "/", 200);
    evil.response.head += "\r\nX-Evil: \x1b]0;title\x07";
    evil.url = "https://shop.acme.test/\x1b[2J";
    evil.checks = {{"body contains \x1b[2J", false, "\x1b[2J"}};
    evil.saves = {{"token", "a\nb\x1b"}};
    give_body(evil.response, "text/plain", "a\x1b[2Jb");
    const std::string text = trial_exchange(evil, 1, shop_plan(), TextStyle{100, false, true});
    CHECK(text.find('\x1b') == std::string::npos);
    CHECK(text.find('\x07') == std::string::npos);
}

TEST_CASE("a trial without a request, or with no failure, says so", "[cli]") {
    const workload::Plan plan = shop_plan();
    const TextStyle style{100, false, true};
    CHECK_THAT(trial_end(plan, choice(), {}, style),
               Catch::StartsWith("✗ no request was made\n  not reached: browse/"));
    CHECK(trial_end(plan, choice(), {exchange(0, "GET", "/", 200)}, style).rfind("✓ 1 request, none failed\n", 0) == 0);
}

TEST_CASE("JSON in a body is indented, and what is no JSON or nested too deeply is left as it is", "[cli]") {
    CHECK(pretty_json(R"({"a":[1,{"b":"x,y"}],"c":{}})") ==
          "{\n  \"a\": [\n    1,\n    {\n      \"b\": \"x,y\"\n    }\n  ],\n  \"c\": {}\n}");
    CHECK_FALSE(pretty_json("{\"a\":"));
    CHECK_FALSE(pretty_json("plain"));
    CHECK_FALSE(pretty_json(std::string(1000, '[') + std::string(1000, ']')));
}

TEST_CASE("a body is text unless it has control characters or bytes that are no UTF-8", "[cli]") {
    CHECK(is_readable("é\t\r\n"));
    CHECK(is_readable("cut in the middle of \xE2\x82"));
    CHECK_FALSE(is_readable(std::string_view("\0", 1)));
    CHECK_FALSE(
        is_readable("\xC2\x9B"
                    "31m"));
    CHECK_FALSE(is_readable("\xFF"));
    CHECK(base64("\xFF\x01") == "/wE=");
}
