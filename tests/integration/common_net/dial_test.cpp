#include "common/net/dial.h"

#include <array>
#include <chrono>
#include <future>

#include <catch2/catch.hpp>

#include "common/net/async_dial.h"
#include "tests/integration/common_net/dial_scene.h"
#include "tests/support/loopback.h"

using namespace culvert;
using namespace culvert::test;
using namespace std::chrono_literals;
using net::DialStage;

TEST_CASE("a direct dial carries bytes both ways and says how it came there", "[net]") {
    DialScene scene;
    auto request = scene.request();
    request.chosen_by = "no proxy is configured";
    auto stream = net::dial(request, scene.memory);
    REQUIRE(stream);
    CHECK(echoed(**stream, "hello") == "hello");
    const net::Route& route = (*stream)->route();
    CHECK(route.proxy.empty());
    CHECK(route.proxy_chosen_by == "no proxy is configured");
    CHECK(contains(route.tls_issuer, "localhost"));
    CHECK(contains(route.remote_address, ":" + std::to_string(scene.origin.port())));
    CHECK(route.total_time > Duration::zero());
}

TEST_CASE("half a megabyte passes a stream whose reader is slow", "[net]") {
    DialScene scene;
    auto stream = net::dial(scene.request(), scene.memory);
    REQUIRE(stream);
    std::string text;
    for (int i = 0; text.size() < 512 << 10; ++i) text += std::to_string(i);
    CHECK(echoed(**stream, text) == text);
}

TEST_CASE("a plain origin is reached directly and, by CONNECT, through a proxy", "[net]") {
    DialScene scene;
    TestOrigin plain(std::nullopt, TestOrigin::echo());
    TestProxy proxy;
    auto request = scene.request();
    request.tls = false;
    request.port = plain.port();
    auto direct = net::dial(request, scene.memory);
    REQUIRE(direct);
    CHECK(echoed(**direct, "plain") == "plain");
    request.proxy = net::ProxyHop{proxy.url(), "", Secret(), {}, "test"};
    auto tunnelled = net::dial(request, scene.memory);
    REQUIRE(tunnelled);
    CHECK(echoed(**tunnelled, "tunnelled") == "tunnelled");
    CHECK((*tunnelled)->route().tls_issuer.empty());
    CHECK(proxy.counts().tunnels == 1);
}

TEST_CASE("an origin that is not there is named, and so is one that does not speak TLS", "[net]") {
    DialScene scene;
    auto request = scene.request();
    request.port = test::unused_port();
    net::DialError error = failure(net::dial(request, scene.memory));
    CHECK(error.stage == DialStage::Connect);
    CHECK(contains(error.error.message, "Connection refused"));
    CHECK_FALSE(net::proxy_is_dead(error));

    request.host = "relay.invalid";
    error = failure(net::dial(request, scene.memory));
    CHECK(error.stage == DialStage::Resolve);
    CHECK(contains(error.error.message, "cannot resolve relay.invalid"));

    TestOrigin silent(std::nullopt, TestOrigin::never_speak());
    request = scene.request();
    request.port = silent.port();
    request.connect_timeout = 200ms;
    error = failure(net::dial(request, scene.memory));
    CHECK(error.stage == DialStage::Tls);
    CHECK(error.error.code == Code::Timeout);
}

TEST_CASE("TLS may take longer than what is before it, and what is before it does not", "[net]") {
    const auto fails_after = [](const net::DialRequest& request, net::CredentialMemory& memory, DialStage stage) {
        const auto begun = std::chrono::steady_clock::now();
        CHECK(failure(net::dial(request, memory)).stage == stage);
        return std::chrono::steady_clock::now() - begun;
    };
    DialScene scene;
    TestOrigin silent(std::nullopt, TestOrigin::never_speak());
    auto request = scene.request();
    request.port = silent.port();
    request.connect_timeout = 200ms;
    request.tls_timeout = 300ms;
    CHECK(fails_after(request, scene.memory, DialStage::Tls) >= 490ms);

    TestProxy proxy({.never_answer = true});
    request = scene.through(proxy);
    request.connect_timeout = 200ms;
    request.tls_timeout = 20s;
    CHECK(fails_after(request, scene.memory, DialStage::ProxyAnswer) < 5s);
}

TEST_CASE("a host that would change the meaning of a URL is refused before anything is dialled", "[net]") {
    DialScene scene;
    for (const char* host : {"", "a/b", "a@b", "a#b", "a b", "a?b"}) {
        auto request = scene.request();
        request.host = host;
        CHECK(failure(net::dial(request, scene.memory)).stage == DialStage::Setup);
    }
    CHECK(scene.origin.connections() == 0);
}

TEST_CASE("a stream reports that the other end has gone", "[net]") {
    DialScene scene;
    TestProxy proxy;
    auto stream = net::dial(scene.through(proxy), scene.memory);
    REQUIRE(stream);
    CHECK(echoed(**stream, "hello") == "hello");
    proxy.cut();
    std::array<std::byte, 64> buffer;
    Result<std::size_t> read = std::size_t{0};
    for (int i = 0; i < 500 && read; ++i) {
        test::wait_readable((*stream)->fd(), 10);
        read = (*stream)->receive(buffer);
    }
    REQUIRE_FALSE(read);
    CHECK(read.error().code == Code::Disconnected);
}

TEST_CASE("a blocked dial returns at once when it is cancelled", "[net]") {
    DialScene scene;
    TestProxy::Rules rules;
    rules.never_answer = true;
    TestProxy proxy(rules);
    std::stop_source cancel;
    auto dialled = std::async(std::launch::async,
                              [&] { return net::dial(scene.through(proxy), scene.memory, cancel.get_token()); });
    while (proxy.counts().requests == 0) std::this_thread::yield();
    const auto before = std::chrono::steady_clock::now();
    cancel.request_stop();
    const net::DialError error = failure(dialled.get());
    CHECK(error.stage == DialStage::Setup);
    CHECK(std::chrono::steady_clock::now() - before < 1s);
}

TEST_CASE("an asynchronous dial answers on its loop, and not at all once it is cancelled or gone", "[net]") {
    DialScene scene;
    net::Loop loop;
    bool answered = false;
    {
        net::AsyncDial dial(loop, scene.memory);
        dial.start(scene.request(), [&](net::DialResult result) {
            CHECK(result);
            CHECK_FALSE(dial.busy());
            answered = true;
            loop.stop();
        });
        CHECK(dial.busy());
        loop.run();
        CHECK(answered);

        TestProxy::Rules rules;
        rules.never_answer = true;
        TestProxy proxy(rules);
        bool late = false;
        dial.start(scene.through(proxy), [&](net::DialResult) { late = true; });
        dial.cancel();
        CHECK_FALSE(dial.busy());
        dial.start(scene.request(), [&](net::DialResult) { late = true; });
        {
            net::AsyncDial gone(loop, scene.memory);
            gone.start(scene.request(), [&](net::DialResult) { late = true; });
        }
        dial.cancel();
        loop.post([&loop] { loop.stop(); });
        loop.run();
        CHECK_FALSE(late);
    }
}

TEST_CASE("many dials at a time share one trust and one memory", "[net]") {
    DialScene scene;
    TestProxy::Rules rules;
    rules.username = "alice";
    rules.password = "right";
    TestProxy proxy(rules);
    const net::DialRequest request = scene.through(proxy, "alice", "right");
    std::vector<std::future<bool>> dials;
    for (int i = 0; i < 16; ++i) {
        dials.push_back(std::async(std::launch::async, [&] { return net::dial(request, scene.memory).has_value(); }));
    }
    for (auto& dial : dials) CHECK(dial.get());
    CHECK(proxy.counts().tunnels == 16);
}
