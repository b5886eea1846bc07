#include <catch2/catch.hpp>

#include "tests/integration/engine/engine_scene.h"

using namespace culvert;
using namespace culvert::test;
using namespace std::chrono_literals;
using metrics::ErrorKind;

namespace {

constexpr const char* kOnce = "[ iterations: { total: 1, users: 1, at_most: 5s } ]";

// Runs the steps once against a target that answers as `handler` says.
struct OneIteration {
    HttpOrigin origin;
    std::unique_ptr<EngineRun> run;

    OneIteration(HttpOrigin::Handler handler, const std::function<std::string(const std::string& url)>& steps,
                 const std::string& more = "", const std::string& load = kOnce)
        : origin(std::move(handler)) {
        agent::worker::EngineOptions options;
        options.threads = 1;
        run = std::make_unique<EngineRun>(whole_run(plan_of(load, steps(origin.url()), more)), options);
        REQUIRE(run->start().wait());
    }
};

HttpOrigin::Handler ok() {
    return HttpOrigin::after(0ms);
}

}  // namespace

TEST_CASE("a request carries its method, host, agent, headers and body", "[engine]") {
    OneIteration it(ok(), [](const std::string& url) {
        return "[ { post: \"" + url + "/cart?x=1\", headers: { X-One: uno }, json: { a: 1, b: \"two\" } } ]";
    });
    REQUIRE(it.origin.seen().size() == 1);
    const OriginRequest request = it.origin.seen()[0];
    CHECK(request.method == "POST");
    CHECK(request.target == "/cart?x=1");
    CHECK(request.header("host") == "127.0.0.1:" + std::to_string(it.origin.port()));
    CHECK(request.header("user-agent") == "culvert/" CULVERT_VERSION);
    CHECK(request.header("x-one") == "uno");
    CHECK(request.header("content-type") == "application/json");
    CHECK(request.body == R"({"a":1,"b":"two"})");
    CHECK(it.run->step().bytes_sent > request.body.size());
    CHECK(it.run->step().bytes_received > 2);
}

TEST_CASE("what one response gives is saved for the next request", "[engine]") {
    OneIteration it(
        [](const OriginRequest& request) {
            OriginAnswer answer;
            if (request.target == "/login") {
                answer.headers = {{"X-Session", "s 1"}};
                answer.body = R"({"token": "t/\"1", "id": 42, "items": [{"sku": "a&b"}]})";
            }
            return answer;
        },
        [](const std::string& url) {
            return "[ { get: \"" + url +
                   "/login\", save: { token: { json: /token }, id: { json: /id }, sku: { json: /items/0/sku }, "
                   "session: { header: X-Session }, word: { regex: '\"(tok..)\"' } } }, "
                   "{ post: \"" +
                   url +
                   "/buy/${sku}?s=${session}\", headers: { Authorization: \"Bearer ${token}\" }, json: { id: "
                   "\"${id:number}\", word: \"${word}\", token: \"${token}\" } } ]";
        });
    REQUIRE(it.origin.seen().size() == 2);
    const OriginRequest request = it.origin.seen()[1];
    CHECK(request.target == "/buy/a%26b?s=s%201");
    CHECK(request.header("authorization") == "Bearer t/\"1");
    CHECK(request.body == R"({"id":42,"word":"token","token":"t/\"1"})");
}

TEST_CASE("a save that finds nothing fails the step, unless it says what else", "[engine]") {
    OneIteration it(
        [](const OriginRequest&) {
            OriginAnswer answer;
            answer.body = "{}";
            return answer;
        },
        [](const std::string& url) {
            return "[ { get: \"" + url + "/a\", save: { x: { json: /x } } }, { get: \"" + url +
                   "/b\", save: { y: { json: /y, or: none } } }, { get: \"" + url + "/c/${y}\" } ]";
        });
    CHECK(errors(it.run->step(0), ErrorKind::Save) == 1);
    CHECK(it.run->step(1).failures == 0);
    CHECK(it.origin.seen()[2].target == "/c/none");
}

TEST_CASE("a body that the plan let the server compress is read by checks and saves", "[engine]") {
    // {"id":42,"text":"forty-two forty-two"}
    const std::string gzip(
        "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xab\x56\xca\x4c\x51\xb2\x32\x31\xd2\x51\x2a\x49\xad\x28"
        "\x51\xb2\x52\x4a\xcb\x2f\x2a\xa9\xd4\x2d\x29\xcf\x57\x80\xb3\x94\x6a\x01\x4d\x97\x42\x4f\x26\x00"
        "\x00\x00",
        50);
    OneIteration it(
        [&gzip](const OriginRequest& request) {
            OriginAnswer answer;
            const bool other = request.target == "/other";
            if (!other && request.target != "/gzip") return answer;
            answer.headers = {{"Content-Encoding", other ? "br" : "gzip"}};
            answer.body = gzip;
            answer.chunked = other;
            return answer;
        },
        [](const std::string& url) {
            return "[ { get: \"" + url +
                   "/gzip\", headers: { Accept-Encoding: gzip }, save: { id: { json: /id } }, check: { body: { "
                   "contains: "
                   "forty } } }, { get: \"" +
                   url + "/other\", check: { body: { contains: forty } } }, { get: \"" + url + "/${id}\" } ]";
        });
    CHECK(it.run->step(0).failures == 0);
    CHECK(errors(it.run->step(1), ErrorKind::Check) == 1);
    REQUIRE(it.run->examples.size() == 1);
    CHECK(it.run->examples[0].what.find("the body is compressed as br") == 0);
    CHECK(it.origin.seen()[2].target == "/42");
}

TEST_CASE("checks look at status, headers, body and JSON", "[engine]") {
    const auto handler = [](const OriginRequest&) {
        OriginAnswer answer;
        answer.headers = {{"Content-Language", "en"}};
        answer.body = R"({"total": 3, "name": "lamp"})";
        return answer;
    };
    OneIteration it(handler, [](const std::string& url) {
        return "[ { get: \"" + url +
               "/1\", check: { status: 2xx, header: { Content-Language: { is: en } }, body: { contains: lamp }, json: "
               "{ /total: { less_than: 5 }, /name: { is: lamp }, /none: absent } } }, "
               "{ get: \"" +
               url + "/2\", check: { json: { /total: { greater_than: 5 } } } } ]";
    });
    CHECK(it.run->step(0).failures == 0);
    CHECK(errors(it.run->step(1), ErrorKind::Check) == 1);
    REQUIRE(it.run->examples.size() == 1);
    CHECK(it.run->examples[0].phase == "check");
    CHECK(it.run->examples[0].what.find("was 3") != std::string::npos);
}

TEST_CASE("every way to end a body is understood", "[engine]") {
    const std::string body(100'000, 'x');
    const auto handler = [&body](const OriginRequest& request) {
        OriginAnswer answer;
        answer.body = body;
        answer.chunked = request.target == "/chunked";
        if (request.target == "/close") answer.ending = OriginAnswer::Ending::Close;
        if (request.target == "/until-close") answer.raw = "HTTP/1.0 200 OK\r\nConnection: close\r\n\r\n" + body;
        if (request.target == "/drip") {
            answer.body = "slowly";
            answer.between_bytes = 2ms;
        }
        return answer;
    };
    OneIteration it(handler, [](const std::string& url) {
        return "[ get: \"" + url + "/length\", get: \"" + url + "/chunked\", get: \"" + url + "/close\", get: \"" +
               url + "/until-close\", get: \"" + url + "/drip\", head: \"" + url + "/head\" ]";
    });
    for (std::size_t i = 0; i < 6; ++i) CHECK(it.run->step(i).failures == 0);
    for (std::size_t i = 0; i < 4; ++i) CHECK(it.run->step(i).bytes_received > body.size());
    CHECK(it.run->step(4).phases.rest.sum_micros >= 8'000);
    CHECK(it.run->step(5).bytes_received < 1000);
    CHECK(it.origin.connections() == 3);
}

TEST_CASE("redirects are followed as far as the plan says, and change the method as they should", "[engine]") {
    const auto handler = [](const OriginRequest& request) {
        OriginAnswer answer;
        if (request.target == "/old") answer.status = 302, answer.headers = {{"Location", "/new?x=1"}};
        if (request.target == "/keep") answer.status = 307, answer.headers = {{"Location", "new"}};
        if (request.target == "/loop") answer.status = 301, answer.headers = {{"Location", "/loop"}};
        return answer;
    };
    OneIteration it(handler, [](const std::string& url) {
        return "[ { post: \"" + url + "/old\", body: text, follow_redirects: 3 }, { post: \"" + url +
               "/keep\", body: text, follow_redirects: 3 }, { get: \"" + url +
               "/loop\", follow_redirects: 2 }, { get: \"" + url + "/old\" } ]";
    });
    const auto seen = it.origin.seen();
    REQUIRE(seen.size() == 8);
    CHECK(seen[1].method == "GET");
    CHECK(seen[1].target == "/new?x=1");
    CHECK(seen[1].header("content-length").empty());
    CHECK(seen[3].method == "POST");
    CHECK(seen[3].target == "/new");
    CHECK(seen[3].body == "text");
    CHECK(it.run->step(0).requests == 1);  // one sample, however many hops
    CHECK(it.run->step(0).status.at(200) == 1);
    CHECK(errors(it.run->step(2), ErrorKind::Protocol) == 1);
    CHECK(it.run->step(3).status.at(302) == 1);
    CHECK(it.run->step(3).failures == 0);
}

TEST_CASE("cookies stay with their user and go where they belong", "[engine]") {
    const auto handler = [](const OriginRequest& request) {
        OriginAnswer answer;
        if (request.target == "/login")
            answer.headers = {{"Set-Cookie", "sid=1; Path=/; HttpOnly"}, {"Set-Cookie", "deep=2; Path=/shop"}};
        if (request.target == "/logout") answer.headers = {{"Set-Cookie", "sid=; Max-Age=0; Path=/"}};
        return answer;
    };
    OneIteration it(handler, [](const std::string& url) {
        return "[ get: \"" + url + "/login\", get: \"" + url + "/shop/a\", get: \"" + url + "/logout\", get: \"" + url +
               "/after\" ]";
    });
    const auto seen = it.origin.seen();
    CHECK(seen[0].header("cookie").empty());
    CHECK(seen[1].header("cookie") == "deep=2; sid=1");
    CHECK(seen[2].header("cookie") == "sid=1");
    CHECK(seen[3].header("cookie").empty());
}

TEST_CASE("examples show the request with every secret masked", "[engine]") {
    HttpOrigin origin([](const OriginRequest&) {
        OriginAnswer answer;
        answer.status = 500;
        answer.headers = {{"Set-Cookie", "sid=very-private"}};
        answer.body = "you sent hunter2%21 and hunter2!";
        return answer;
    });
    auto spec = whole_run(
        plan_of(kOnce, "[ { get: \"" + origin.url() +
                           "/?key=${key}\", headers: { Authorization: \"Bearer abc\", X-Key: \"${key}\" } } ]") +
            "variables:\n  key: { env: KEY, secret: true }\n",
        {}, {{"KEY", "hunter2!"}});
    EngineRun run(std::move(spec), two_threads());
    REQUIRE(run.start().wait());
    REQUIRE(run.examples.size() == 1);
    const metrics::ErrorExample& example = run.examples[0];
    const std::string all = example.request_head + example.response_head + example.body + example.what;
    CHECK(all.find("hunter2") == std::string::npos);
    CHECK(all.find("abc") == std::string::npos);
    CHECK(all.find("very-private") == std::string::npos);
    CHECK(example.request_head.find("X-Key: ***") != std::string::npos);
    CHECK(origin.seen()[0].header("x-key") == "hunter2!");
}

TEST_CASE("a value with a line break never reaches a header", "[engine]") {
    OneIteration it(
        [](const OriginRequest&) {
            OriginAnswer answer;
            answer.body = R"({"evil": "a\r\nX-Injected: 1"})";
            return answer;
        },
        [](const std::string& url) {
            return "[ { get: \"" + url + "/a\", save: { evil: { json: /evil } } }, { get: \"" + url +
                   "/b\", headers: { X-Value: \"${evil}\" } }, { get: \"" + url + "/${evil}\", name: c } ]";
        });
    CHECK(errors(it.run->step(1), ErrorKind::Protocol) == 1);
    CHECK(it.run->step(2).failures == 0);
    REQUIRE(it.origin.seen().size() == 2);
    CHECK(it.origin.seen()[1].target == "/a%0D%0AX-Injected%3A%201");
}

TEST_CASE("names are resolved, and a name that does not exist is a DNS failure", "[engine]") {
    HttpOrigin origin(ok());
    agent::worker::EngineOptions options;
    options.threads = 1;
    EngineRun run(whole_run(plan_of(kOnce, "[ get: \"http://localhost:" + std::to_string(origin.port()) +
                                               "/\", get: \"http://does-not-exist.invalid/\" ]")),
                  options);
    REQUIRE(run.start().wait());
    CHECK(run.step(0).failures == 0);
    CHECK(run.step(0).phases.dns.count == 1);
    CHECK(run.step(0).phases.connect.count == 1);
    CHECK(errors(run.step(1), ErrorKind::Dns) == 1);
}
