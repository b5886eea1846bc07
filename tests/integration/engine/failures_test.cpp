#include <catch2/catch.hpp>

#include "tests/integration/engine/engine_scene.h"
#include "tests/support/loopback.h"

using namespace culvert;
using namespace culvert::test;
using namespace std::chrono_literals;
using metrics::ErrorKind;
using Ending = OriginAnswer::Ending;

namespace {

constexpr const char* kTwice = "[ iterations: { total: 2, users: 1, at_most: 5s } ]";

HttpOrigin::Handler ending(Ending how) {
    return [how](const OriginRequest&) {
        OriginAnswer answer;
        answer.ending = how;
        return answer;
    };
}

HttpOrigin::Handler raw(std::string text) {
    return [text](const OriginRequest&) {
        OriginAnswer answer;
        answer.raw = text;
        return answer;
    };
}

agent::worker::EngineOptions one_thread() {
    agent::worker::EngineOptions options;
    options.threads = 1;
    return options;
}

}  // namespace

TEST_CASE("a port on which nobody listens is refused, and the target is not hammered", "[engine]") {
    EngineRun run(whole_run(plan_of("[ constant_users: { users: 1, for: 1s } ]",
                                    "[ get: \"http://127.0.0.1:" + std::to_string(unused_port()) + "/\" ]")),
                  one_thread());
    REQUIRE(run.start().wait());
    CHECK(run.step().failures == run.step().requests);
    CHECK(errors(run.step(), ErrorKind::Refused) == run.step().requests);
    CHECK(run.step().requests >= 5);
    CHECK(run.step().requests <= 11);
    REQUIRE_FALSE(run.examples.empty());
    CHECK(run.examples.size() <= 3);
    CHECK(run.examples[0].phase == "connect");
}

TEST_CASE("a request without an answer fails by its timeout", "[engine]") {
    HttpOrigin origin(ending(Ending::Hang));
    EngineRun run(whole_run(plan_of(kTwice, "[ { get: \"" + origin.url() + "/\", timeout: 200ms } ]")), one_thread());
    REQUIRE(run.start().wait());
    CHECK(errors(run.step(), ErrorKind::Timeout) == 2);
    CHECK(run.step().latency.min_micros() >= 200'000);
    CHECK(run.step().latency.max_micros() < 300'000);
    REQUIRE(run.examples.size() == 2);
    CHECK(run.examples[0].what == "timeout after 200ms");
    CHECK(run.examples[0].phase == "first_byte");
    CHECK(run.examples[0].remote_address == "127.0.0.1:" + std::to_string(origin.port()));
}

TEST_CASE("a connection that is not accepted in time fails by the connect timeout", "[engine]") {
    const LoopbackListener silent = listen_on_loopback();  // takes the connection, never speaks TLS
    EngineRun run(whole_run(plan_of("[ iterations: { total: 1, users: 1, at_most: 5s } ]",
                                    "[ { get: \"https://127.0.0.1:" + std::to_string(silent.port) +
                                        "/\", connect_timeout: 150ms } ]")),
                  one_thread());
    REQUIRE(run.start().wait());
    CHECK(errors(run.step(), ErrorKind::ConnectTimeout) == 1);
    REQUIRE(run.examples.size() == 1);
    CHECK(run.examples[0].phase == "tls");
    close_with_reset(silent.fd);
}

TEST_CASE("a reset is told from an orderly end and from a broken answer", "[engine]") {
    SECTION("reset") {
        HttpOrigin origin(ending(Ending::Reset));
        EngineRun run(whole_run(plan_of(kTwice, "[ get: \"" + origin.url() + "/\" ]")), one_thread());
        REQUIRE(run.start().wait());
        CHECK(errors(run.step(), ErrorKind::Reset) == 2);
    }
    SECTION("closed in the middle of the body") {
        HttpOrigin origin(raw("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 100\r\n\r\nshort"));
        EngineRun run(whole_run(plan_of(kTwice, "[ get: \"" + origin.url() + "/\" ]")), one_thread());
        REQUIRE(run.start().wait());
        CHECK(errors(run.step(), ErrorKind::Reset) == 2);
        REQUIRE_FALSE(run.examples.empty());
        CHECK(run.examples[0].phase == "body");
        CHECK(run.step().bytes_received > 2 * 60);  // what did come
    }
    SECTION("not HTTP") {
        HttpOrigin origin(raw("SSH-2.0-OpenSSH_9.2\r\nConnection: close\r\n\r\n"));
        EngineRun run(whole_run(plan_of(kTwice, "[ get: \"" + origin.url() + "/\" ]")), one_thread());
        REQUIRE(run.start().wait());
        CHECK(errors(run.step(), ErrorKind::Protocol) == 2);
    }
}

TEST_CASE("a kept connection that the server has closed is tried once more for what may be repeated", "[engine]") {
    std::atomic<int> number{0};
    HttpOrigin origin([&number](const OriginRequest& request) {
        OriginAnswer answer;
        const bool kept = request.target == "/second";
        if (kept && number++ == 0)
            answer.ending = Ending::Reset;  // as if it had been closed while the request was on its way
        return answer;
    });
    EngineRun run(whole_run(plan_of("[ iterations: { total: 1, users: 1, at_most: 5s } ]",
                                    "[ get: \"" + origin.url() + "/first\", get: \"" + origin.url() + "/second\" ]")),
                  one_thread());
    REQUIRE(run.start().wait());
    CHECK(run.step(1).requests == 1);
    CHECK(run.step(1).failures == 0);
    CHECK(origin.connections() == 2);
}

TEST_CASE("statuses from 400 on fail unless a check says otherwise", "[engine]") {
    HttpOrigin origin([](const OriginRequest&) {
        OriginAnswer answer;
        answer.status = 404;
        answer.body = "no such thing";
        return answer;
    });
    EngineRun run(whole_run(plan_of(kTwice, "[ get: \"" + origin.url() + "/a\", { get: \"" + origin.url() +
                                                "/b\", check: { status: 404 } } ]")),
                  one_thread());
    REQUIRE(run.start().wait());
    CHECK(errors(run.step(0), ErrorKind::Status) == 2);
    CHECK(run.step(0).status.at(404) == 2);
    CHECK(run.step(1).failures == 0);
    REQUIRE_FALSE(run.examples.empty());
    CHECK(run.examples[0].what == "HTTP 404");
    CHECK(run.examples[0].body == "no such thing");
    CHECK(run.examples[0].response_head.find("HTTP/1.1 404") == 0);
    CHECK(run.examples[0].request_head.find("GET /a HTTP/1.1\r\nHost: 127.0.0.1:") == 0);
}

TEST_CASE("on_fail decides what follows a failed request", "[engine]") {
    HttpOrigin origin([](const OriginRequest& request) {
        OriginAnswer answer;
        answer.status = request.target == "/bad" ? 500 : 200;
        return answer;
    });
    const std::string url = origin.url();
    const auto steps = [&url](const std::string& on_fail) {
        return "[ { get: \"" + url + "/bad\", on_fail: " + on_fail + " }, { get: \"" + url + "/next\" } ]";
    };
    SECTION("continue") {
        EngineRun run(whole_run(plan_of(kTwice, steps("continue"))), one_thread());
        REQUIRE(run.start().wait());
        CHECK(run.step(1).requests == 2);
    }
    SECTION("end_iteration") {
        EngineRun run(whole_run(plan_of(kTwice, steps("end_iteration"))), one_thread());
        REQUIRE(run.start().wait());
        CHECK(run.step(0).requests == 2);
        CHECK(run.step(1).requests == 0);
    }
    SECTION("stop_user") {
        EngineRun run(whole_run(plan_of(kTwice, steps("stop_user"))), one_thread());
        REQUIRE(run.start().wait());
        CHECK(run.step(0).requests == 1);
        CHECK(run.totals().missed == 1);
    }
    SECTION("abort_run") {
        EngineRun run(whole_run(plan_of("[ constant_users: { users: 3, for: 30s } ]", steps("abort_run"))),
                      two_threads());
        REQUIRE(run.start().wait());
        REQUIRE(run.aborts.size() == 1);
        CHECK(run.aborts[0].find("abort_run") != std::string::npos);
        CHECK(SystemClock().steady_now() - run.started() < 10s);
    }
    SECTION("abort_run, and nothing more is begun") {
        EngineRun run(whole_run(plan_of("[ constant_users: { users: 1, for: 30s } ]", steps("abort_run"))),
                      one_thread());
        REQUIRE(run.start().wait());
        CHECK(run.totals().offered == 1);
        CHECK(origin.requests() == 1);
    }
}

TEST_CASE("what the charter does not allow is refused before the start", "[engine]") {
    const auto refused = [](const std::string& plan, const agent::charter::Charter& charter) {
        struct Nothing final : agent::worker::EngineEvents {
            void on_interval(metrics::Interval) override {}
            void on_error_example(metrics::ErrorExample) override {}
            void on_abort(std::string) override {}
            void on_finished() override {}
        } events;
        auto engine = agent::worker::Engine::prepare(whole_run(plan), charter, {}, events);
        REQUIRE_FALSE(engine.has_value());
        CHECK(engine.error().code == Code::Unauthorized);
        return engine.error().message;
    };
    const std::string plan = plan_of("[ constant_rate: { rate: 100/s, for: 1s } ]", "[ get: \"http://shop.test/\" ]");
    agent::charter::Charter charter;
    charter.engines = {"http"};
    CHECK(refused(plan, charter).find("shop.test:80 is not in charter.targets") == 0);
    charter.targets = {"shop.test:80"};
    charter.max_rate = Rate::per_second(99);
    CHECK(refused(plan, charter).find("100/s") != std::string::npos);
    charter.max_rate.reset();
    charter.max_users = 10;
    CHECK(refused(plan_of("[ constant_users: { users: 11, for: 1s } ]", "[ get: \"http://shop.test/\" ]"), charter)
              .find("11 users") == 0);
    charter.engines = {"browser"};
    CHECK(refused(plan, charter).find("charter.engines") != std::string::npos);
}

TEST_CASE("a target that a response made up is held against the charter when it is called", "[engine]") {
    HttpOrigin origin([](const OriginRequest&) {
        OriginAnswer answer;
        answer.body = R"({"next": "http://192.0.2.1/"})";
        return answer;
    });
    auto charter = open_charter();
    charter.targets = {"127.0.0.1"};
    EngineRun run(whole_run(plan_of("[ iterations: { total: 1, users: 1, at_most: 5s } ]",
                                    "[ { get: \"" + origin.url() +
                                        "/\", save: { next: { json: /next } } }, { get: \"${next}\", name: next } ]")),
                  one_thread(), charter);
    REQUIRE(run.start().wait());
    CHECK(errors(run.step(1), ErrorKind::Charter) == 1);
}
