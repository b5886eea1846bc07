#include <thread>

#include <catch2/catch.hpp>

#include "tests/integration/engine/engine_scene.h"
#include "tests/support/loopback.h"
#include "tests/support/test_proxy.h"

using namespace culvert;
using namespace culvert::test;
using namespace std::chrono_literals;
using metrics::ErrorKind;

namespace {

agent::worker::EngineOptions through(const std::string& proxy) {
    agent::worker::EngineOptions options;
    options.threads = 2;
    options.proxy.emplace();
    options.proxy->source = tunnel::proxy::ProxySettings::Source::Urls;
    options.proxy->urls = {proxy};
    options.proxy->key = "load.proxy";
    options.verify_tls = false;
    return options;
}

constexpr const char* kTwenty = "[ iterations: { total: 20, users: 4, at_most: 10s } ]";

}  // namespace

TEST_CASE("targets behind a proxy are reached through it, by names that exist only there", "[engine]") {
    TestProxy proxy;
    HttpOrigin origin(HttpOrigin::after(1ms));
    EngineRun run(whole_run(plan_of(kTwenty, "[ get: \"http://only-behind-the-proxy.test:" +
                                                 std::to_string(origin.port()) + "/\" ]")),
                  through(proxy.url()));
    REQUIRE(run.start().wait());
    CHECK(run.step().requests == 20);
    CHECK(run.step().failures == 0);
    CHECK(run.step().phases.connect.count == 4);
    CHECK(proxy.counts().tunnels == 4);  // one each, kept alive
    CHECK(origin.requests() == 20);
}

TEST_CASE("TLS ends at the target, not at the proxy, and credentials go to the proxy alone", "[engine]") {
    TestProxy proxy(TestProxy::Rules{"svc", "secret"});
    HttpOrigin origin(HttpOrigin::after(0ms), crypto::make_web_certificate("localhost", SystemClock()).value());
    auto options = through(proxy.url());
    options.proxy->username = "svc";
    options.proxy->read_password = []() -> Result<Secret> { return Secret("secret"); };
    EngineRun run(whole_run(plan_of(kTwenty, "[ get: \"https://localhost:" + std::to_string(origin.port()) + "/\" ]")),
                  options);
    REQUIRE(run.start().wait());
    CHECK(run.step().failures == 0);
    CHECK(run.step().phases.tls.count == 4);
    for (const OriginRequest& request : origin.seen()) CHECK(request.header("proxy-authorization").empty());
}

TEST_CASE("targets that no_proxy names are reached past the proxy, the others through it", "[engine]") {
    TestProxy proxy;
    HttpOrigin origin(HttpOrigin::after(0ms));
    const std::string port = std::to_string(origin.port());
    auto options = through(proxy.url());
    options.proxy->no_proxy = {"localhost:" + port};
    EngineRun run(
        whole_run(plan_of("[ iterations: { total: 20, users: 1, at_most: 10s } ]",
                          "[ get: \"http://localhost:" + port + "/\", get: \"http://127.0.0.1:" + port + "/\" ]")),
        options);
    REQUIRE(run.start().wait());
    CHECK(run.step().failures == 0);
    CHECK(origin.requests() == 40);
    CHECK(proxy.counts().tunnels == 1);
}

TEST_CASE("a proxy that refuses is told from a target that does", "[engine]") {
    HttpOrigin origin(HttpOrigin::after(0ms));
    TestProxy::Rules rules;
    rules.refuse_with = 403;
    TestProxy proxy(rules);
    EngineRun run(whole_run(plan_of("[ iterations: { total: 2, users: 1, at_most: 10s } ]",
                                    "[ get: \"" + origin.url() + "/\" ]")),
                  through(proxy.url()));
    REQUIRE(run.start().wait());
    CHECK(errors(run.step(), ErrorKind::Proxy) == 2);
    CHECK(origin.requests() == 0);
    REQUIRE_FALSE(run.examples.empty());
    CHECK(run.examples[0].what.find("403") != std::string::npos);
}

TEST_CASE("a name that only a network of the charter could allow is not dialled behind a proxy", "[engine]") {
    TestProxy proxy;
    HttpOrigin origin(HttpOrigin::after(0ms));
    auto charter = open_charter();
    charter.targets = {"127.0.0.0/8"};
    EngineRun run(whole_run(plan_of("[ iterations: { total: 1, users: 1, at_most: 10s } ]",
                                    "[ get: \"http://localhost:" + std::to_string(origin.port()) + "/\" ]")),
                  through(proxy.url()), charter);
    REQUIRE(run.start().wait());
    CHECK(errors(run.step(), ErrorKind::Charter) == 1);
    CHECK(proxy.counts().connections == 0);
}

TEST_CASE("an engine stops at once even while a proxy keeps it waiting", "[engine]") {
    TestProxy::Rules rules;
    rules.never_answer = true;
    TestProxy proxy(rules);
    EngineRun run(whole_run(plan_of("[ constant_users: { users: 1, for: 30s } ]", "[ get: \"http://a.test/\" ]")),
                  through(proxy.url()));
    run.start();
    while (proxy.counts().requests == 0) std::this_thread::yield();
    run.engine().stop(agent::worker::StopMode::AtOnce);
    REQUIRE(run.wait());
    CHECK(run.step().interrupted == 1);
    CHECK(SystemClock().steady_now() - run.started() < 10s);
}

TEST_CASE("a list of the load's proxies fails over, and the dead one is passed over afterwards", "[engine]") {
    TestProxy alive;
    TestProxy::Rules hangs_up;
    hangs_up.hang_up = true;
    TestProxy dead(hangs_up);
    HttpOrigin origin(HttpOrigin::after(0ms));
    auto options = through(dead.url());
    options.proxy->urls.push_back(alive.url());
    const std::string port = std::to_string(origin.port());
    EngineRun run(whole_run(plan_of("[ iterations: { total: 6, users: 1, at_most: 10s } ]",
                                    "[ get: \"http://a.test:" + port + "/\", get: \"http://b.test:" + port + "/\" ]")),
                  options);
    REQUIRE(run.start().wait());
    CHECK(run.step().failures == 0);
    CHECK(dead.counts().connections == 1);
    CHECK(alive.counts().tunnels == 2);
}

TEST_CASE("a wrong password of the load's proxy is shown once, however many users ask at a time", "[engine]") {
    TestProxy proxy(TestProxy::Rules{"svc", "right"});
    auto options = through(proxy.url());
    options.proxy->username = "svc";
    options.proxy->read_password = []() -> Result<Secret> { return Secret("wrong"); };
    EngineRun run(
        whole_run(plan_of("[ iterations: { total: 40, users: 16, at_most: 10s } ]", "[ get: \"http://a.test/\" ]")),
        options);
    REQUIRE(run.start().wait());
    CHECK(errors(run.step(), ErrorKind::Proxy) == 40);
    CHECK(proxy.counts().rejected == 1);
}
