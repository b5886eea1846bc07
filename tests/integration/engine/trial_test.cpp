#include <catch2/catch.hpp>

#include <atomic>

#include "tests/integration/engine/engine_scene.h"

using namespace culvert;
using namespace culvert::test;
using namespace std::chrono_literals;
using metrics::ErrorKind;
using metrics::Exchange;
using Ending = metrics::Exchange::Ending;

namespace {

constexpr const char* kHeavyLoad = "[ constant_rate: { rate: 1000/s, for: 5m } ]";

// A trial of the plan against a target that answers as `handler` says.
struct Trial {
    HttpOrigin origin;
    std::unique_ptr<EngineRun> run;

    Trial(HttpOrigin::Handler handler, const std::function<std::string(const std::string& url)>& plan,
          const std::map<std::string, std::string>& environment = {})
        : origin(std::move(handler)) {
        agent::worker::EngineOptions options;
        options.trial = true;
        run = std::make_unique<EngineRun>(whole_run(plan(origin.url()), {}, environment), options);
        REQUIRE(run->start().wait());
    }
    const std::vector<Exchange>& exchanges() const { return run->exchanges; }
    const Exchange& exchange(std::size_t index) const { return run->exchanges.at(index); }
};

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a trial is one iteration of one user, whatever the load and the think times", "[engine]") {
    const SteadyTime begun = SystemClock().steady_now();
    Trial trial(HttpOrigin::after(0ms), [](const std::string& url) {
        return plan_of(
            kHeavyLoad, "[ { get: \"" + url + "/a\" }, { think: 1h }, { get: \"" + url + "/b\" } ]",
            "    pace: 1h\n    once_per_user: [ { post: \"" + url + "/login\", body: hello } ]\nwarmup: 1m\n");
    });
    CHECK(SystemClock().steady_now() - begun < 5s);
    REQUIRE(trial.exchanges().size() == 3);
    CHECK(trial.origin.requests() == 3);
    CHECK(trial.run->totals().delivered == 1);
    const Exchange& login = trial.exchange(0);
    CHECK(login.step == 0);
    CHECK(login.method == "POST");
    CHECK(login.url == trial.origin.url() + "/login");
    CHECK(has(login.request.head, "POST /login HTTP/1.1\r\nHost: "));
    CHECK(login.request.body == "hello");
    CHECK(has(login.response.head, "HTTP/1.1 200"));
    CHECK(login.response.head.back() != '\n');
    CHECK(login.response.body == "ok");
    CHECK(login.status == 200);
    CHECK(login.ok());
    CHECK(login.connect_micros.has_value());
    CHECK_FALSE(login.tls_micros.has_value());
    CHECK(login.first_byte_micros.has_value());
    CHECK(login.latency_micros >= *login.first_byte_micros);
    CHECK(login.remote_address == "127.0.0.1:" + std::to_string(trial.origin.port()));
    CHECK_FALSE(trial.exchange(1).connect_micros.has_value());  // the connection was open
    CHECK(trial.exchange(2).url == trial.origin.url() + "/b");
}

TEST_CASE("the scenarios of a trial come one after the other", "[engine]") {
    std::atomic<int> under_way{0}, most{0};
    Trial trial(
        [&under_way, &most](const OriginRequest& request) {
            most = std::max<int>(most, ++under_way);
            HttpOrigin::wait_until(request.arrived + 20ms);
            --under_way;
            return OriginAnswer{};
        },
        [](const std::string& url) {
            return "culvert: 1\nload: " + std::string(kHeavyLoad) +
                   "\nscenarios:\n  one: { weight: 70, steps: [ get: \"" + url + "/1\", get: \"" + url +
                   "/2\" ] }\n  two: { weight: 30, steps: [ get: \"" + url + "/3\" ] }\n";
        });
    REQUIRE(trial.exchanges().size() == 3);
    CHECK(most == 1);
    for (std::size_t i = 0; i < 3; ++i) {
        CHECK(has(trial.exchange(i).url, "/" + std::to_string(i + 1)));
        CHECK(trial.exchange(i).latency_micros < 1'000'000);
    }
    CHECK(trial.exchange(2).scenario == 1);
}

TEST_CASE("a trial needs one user at a time, whatever the number of scenarios", "[engine]") {
    HttpOrigin origin(HttpOrigin::after(0ms));
    const std::string get = "[ get: \"" + origin.url() + "/\" ]";
    agent::worker::EngineOptions options;
    options.trial = true;
    auto charter = open_charter();
    charter.max_users = 1;
    charter.max_rate = Rate::per_second(1);
    EngineRun run(
        whole_run("culvert: 1\nload: " + std::string(kHeavyLoad) + "\nscenarios:\n  one: { weight: 1, steps: " + get +
                  " }\n  two: { weight: 1, steps: " + get + " }\n  three: { weight: 1, steps: " + get + " }\n"),
        options, charter);
    REQUIRE(run.start().wait());
    CHECK(run.exchanges.size() == 3);
    for (std::size_t i = 0; i < 3; ++i) CHECK(run.totals(i).delivered == 1);
}

TEST_CASE("every check is told with what it found, and every save with its value", "[engine]") {
    Trial trial(
        [](const OriginRequest&) {
            OriginAnswer answer;
            answer.headers = {{"X-Kind", "lamp"}};
            answer.body = R"({"items":[{"sku":"lamp-1","price":12}]})";
            return answer;
        },
        [](const std::string& url) {
            return plan_of(kHeavyLoad, "[ { get: \"" + url +
                                           "/ok\", check: { status: 200, json: { /items/0/sku: exists } }, save: { "
                                           "sku: { json: /items/0/sku }, kind: { header: X-Kind } } }, "
                                           "{ get: \"" +
                                           url +
                                           "/bad/${sku}\", check: { status: 404, json: { /items/0/price: { less_than: "
                                           "20 }, /nothing: exists } } } ]");
        });
    REQUIRE(trial.exchanges().size() == 2);
    const Exchange& good = trial.exchange(0);
    CHECK(good.ok());
    REQUIRE(good.checks.size() == 2);
    CHECK(good.checks[0].holds);
    CHECK(good.checks[1].holds);
    CHECK(good.checks[1].found == "lamp-1");
    CHECK(good.saves == std::vector<metrics::SavedValue>{{"sku", "lamp-1"}, {"kind", "lamp"}});
    const Exchange& bad = trial.exchange(1);
    CHECK(bad.error == ErrorKind::Check);
    CHECK(bad.phase == "check");
    CHECK(has(bad.url, "/bad/lamp-1"));
    REQUIRE(bad.checks.size() == 3);
    CHECK_FALSE(bad.checks[0].holds);
    CHECK(bad.checks[0].found == "200");
    CHECK(bad.checks[1].holds);
    CHECK_FALSE(bad.checks[2].holds);
    CHECK(bad.checks[2].found == "nothing");
    CHECK(bad.saves.empty());
}

TEST_CASE("each hop of a redirect is an exchange of its own", "[engine]") {
    Trial trial(
        [](const OriginRequest& request) {
            OriginAnswer answer;
            if (request.target == "/old") {
                answer.status = 302;
                answer.headers = {{"Location", "/new"}};
                answer.body = "moved";
            }
            return answer;
        },
        [](const std::string& url) {
            return plan_of(kHeavyLoad, "[ { get: \"" + url + "/old\", follow_redirects: 3 } ]");
        });
    REQUIRE(trial.exchanges().size() == 2);
    CHECK(trial.exchange(0).ending == Ending::Redirected);
    CHECK(trial.exchange(0).status == 302);
    CHECK(trial.exchange(0).response.body == "moved");
    CHECK(trial.exchange(0).first_byte_micros.has_value());
    CHECK(trial.exchange(1).ending == Ending::Final);
    CHECK(trial.exchange(1).attempt == 1);
    CHECK(trial.exchange(1).url == trial.origin.url() + "/new");
    CHECK_FALSE(trial.exchange(1).connect_micros.has_value());
}

TEST_CASE("a request that gets no answer shows what would have been sent, and why it was not answered", "[engine]") {
    std::uint16_t closed = 0;
    { closed = HttpOrigin(HttpOrigin::after(0ms)).port(); }
    Trial trial(HttpOrigin::after(0ms), [closed](const std::string& url) {
        return plan_of(kHeavyLoad, "[ { get: \"http://127.0.0.1:" + std::to_string(closed) + "/gone\" }, { get: \"" +
                                       url + "/hang\", timeout: 200ms } ]");
    });
    REQUIRE(trial.exchanges().size() == 2);
    const Exchange& gone = trial.exchange(0);
    CHECK(gone.error == ErrorKind::Refused);
    CHECK(gone.phase == "connect");
    CHECK(has(gone.request.head, "GET /gone HTTP/1.1"));
    CHECK(gone.url == "http://127.0.0.1:" + std::to_string(closed) + "/gone");
    CHECK(gone.status == 0);
    CHECK(gone.response.head.empty());
    CHECK(trial.exchange(1).ok());
}

TEST_CASE("a trial ends where the plan ends an iteration", "[engine]") {
    Trial trial(
        [](const OriginRequest&) {
            OriginAnswer answer;
            answer.status = 500;
            return answer;
        },
        [](const std::string& url) {
            return plan_of(kHeavyLoad,
                           "[ { get: \"" + url + "/1\", on_fail: end_iteration }, { get: \"" + url + "/2\" } ]");
        });
    REQUIRE(trial.exchanges().size() == 1);
    CHECK(trial.exchange(0).error == ErrorKind::Status);
    CHECK(trial.exchange(0).what == "HTTP 500");
}

TEST_CASE("no secret leaves the agent with an exchange, not even in part", "[engine]") {
    const std::string secret = "hunter2-hunter2-hunter2";
    Trial trial(
        [&secret](const OriginRequest&) {
            OriginAnswer answer;
            answer.headers = {{"X-Echo", secret}, {"Set-Cookie", "id=abc"}};
            answer.body = "{\"token\":\"" + secret + "\"}" +
                          std::string(metrics::HttpText::kLongestBody - 40 - secret.size(), 'x') + secret + secret;
            return answer;
        },
        [](const std::string& url) {
            return "culvert: 1\nvariables: { key: { env: KEY, secret: true } }\nscenarios:\n  main:\n    load: " +
                   std::string(kHeavyLoad) + "\n    steps:\n      - post: \"" + url +
                   "/${key}\"\n        headers: { X-Key: \"${key}\" }\n        json: { key: \"${key}\" }\n        "
                   "check: { header: { X-Echo: { is: \"other ${key}\" } } }\n      - get: \"" +
                   url + "/2\"\n        save: { token: { regex: '\"token\":\"([^\"]*)' } }\n";
        },
        {{"KEY", secret}});
    REQUIRE(trial.exchanges().size() == 2);
    for (const Exchange& exchange : trial.exchanges()) {
        std::string all = exchange.url + exchange.what + exchange.request.head + exchange.request.body +
                          exchange.response.head + exchange.response.body;
        for (const auto& check : exchange.checks) all += check.check + check.found;
        for (const auto& save : exchange.saves) all += save.value;
        CHECK_FALSE(has(all, "hunter2"));
        CHECK_FALSE(has(all, "hunt"));
        CHECK_FALSE(has(all, "id=abc"));
        CHECK(exchange.response.cut);
        CHECK(exchange.response.body_size > metrics::HttpText::kLongestBody);
    }
    CHECK(trial.exchange(1).saves == std::vector<metrics::SavedValue>{{"token", "***"}});
}

TEST_CASE("a compressed body is shown as what it says", "[engine]") {
    Trial trial(
        [](const OriginRequest&) {
            OriginAnswer answer;
            answer.headers = {{"Content-Encoding", "gzip"}};
            answer.body = std::string(
                "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xcb\x48\xcd\xc9\xc9\x57\xc8\x40\x27\x01\xe3\x51\x3d\x8d\x17"
                "\x00\x00\x00",
                28);
            return answer;
        },
        [](const std::string& url) {
            return plan_of(kHeavyLoad, "[ { get: \"" + url + "/\", headers: { Accept-Encoding: gzip } } ]");
        });
    CHECK(trial.exchange(0).response.body == "hello hello hello hello");
    CHECK(trial.exchange(0).ok());
}

TEST_CASE("a body longer than the bound is shown up to it, with its whole size", "[engine]") {
    Trial trial(
        [](const OriginRequest&) {
            OriginAnswer answer;
            answer.body.assign(100'000, 'b');
            answer.chunked = true;
            return answer;
        },
        [](const std::string& url) { return plan_of(kHeavyLoad, "[ { get: \"" + url + "/\" } ]"); });
    CHECK(trial.exchange(0).response.body == std::string(metrics::HttpText::kLongestBody, 'b'));
    CHECK(trial.exchange(0).response.body_size == 100'000);
    CHECK(trial.exchange(0).response.cut);
}
