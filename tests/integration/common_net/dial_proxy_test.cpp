// What proxies answer to a dial, and which credentials they see.
#include <chrono>

#include <catch2/catch.hpp>

#include "tests/integration/common_net/dial_scene.h"
#include "tests/support/files.h"
#include "tests/support/loopback.h"

using namespace culvert;
using namespace culvert::test;
using namespace std::chrono_literals;
using net::DialStage;

TEST_CASE("through a proxy the origin's name is resolved by the proxy alone", "[net]") {
    DialScene scene;
    const auto certificate = certificate_for("relay.invalid");
    test::write_file(scene.folder.file("relay.pem"), certificate.certificate_pem);
    TestOrigin origin(certificate, TestOrigin::echo());
    TestProxy proxy;
    auto request = scene.through(proxy);
    request.host = "relay.invalid";
    request.port = origin.port();
    request.trust = trust_in({scene.folder.file("relay.pem")});
    auto stream = net::dial(request, scene.memory);
    REQUIRE(stream);
    CHECK(echoed(**stream, "hello") == "hello");
    CHECK(proxy.targets() == std::vector<std::string>{"relay.invalid:" + std::to_string(origin.port())});
    CHECK((*stream)->route().proxy == proxy.url());
    CHECK((*stream)->route().proxy_auth.empty());
}

TEST_CASE("an answer to CONNECT that comes byte by byte is understood", "[net]") {
    DialScene scene;
    TestProxy::Rules rules;
    rules.drip = true;
    TestProxy proxy(rules);
    auto stream = net::dial(scene.through(proxy), scene.memory);
    REQUIRE(stream);
    CHECK(echoed(**stream, "hello") == "hello");
}

TEST_CASE("a proxy that asks for Basic gets it, and the next dial gives it at once", "[net]") {
    DialScene scene;
    TestProxy::Rules rules;
    rules.username = "CORP\\alice";
    rules.password = "p@ss:word";
    TestProxy proxy(rules);
    auto first = net::dial(scene.through(proxy, rules.username, rules.password), scene.memory);
    REQUIRE(first);
    CHECK((*first)->route().proxy_auth == "Basic");
    CHECK(proxy.counts().requests == 2);
    auto second = net::dial(scene.through(proxy, rules.username, rules.password), scene.memory);
    REQUIRE(second);
    CHECK(proxy.counts().requests == 3);
    CHECK(proxy.counts().rejected == 0);
}

TEST_CASE("a wrong password reaches the proxy once, even across dials and processes", "[net]") {
    DialScene scene;
    TestProxy::Rules rules;
    rules.username = "alice";
    rules.password = "right";
    rules.offers = "Negotiate\nBasic realm=\"test\"";
    TestProxy proxy(rules);
    const std::string file = scene.folder.file("credentials");
    for (int process = 0; process < 2; ++process) {
        net::CredentialMemory memory(file);
        for (int attempt = 0; attempt < 3; ++attempt) {
            const net::DialError error = failure(net::dial(scene.through(proxy, "alice", "wrong"), memory));
            CHECK(error.stage == DialStage::ProxyAuth);
            CHECK(error.error.code == Code::Unauthorized);
            CHECK(error.proxy_status == 407);
            CHECK(contains(error.error.message, "rejected the password of user alice"));
            CHECK(contains(error.error.message, "until the configuration changes"));
            CHECK(contains(error.error.message, "Basic"));
            CHECK_FALSE(contains(error.error.message, "wrong"));
        }
    }
    CHECK(proxy.counts().rejected == 1);
    net::CredentialMemory memory(file);
    CHECK(net::dial(scene.through(proxy, "alice", "right"), memory));
}

TEST_CASE("a proxy that wants a password none is configured for says what it offers", "[net]") {
    DialScene scene;
    TestProxy::Rules rules;
    rules.username = "alice";
    rules.offers = "NTLM\nBasic realm=\"test\"";
    TestProxy proxy(rules);
    const net::DialError error = failure(net::dial(scene.through(proxy), scene.memory));
    CHECK(error.stage == DialStage::ProxyAuth);
    CHECK(contains(error.error.message, "offers NTLM, Basic"));
    CHECK(contains(error.error.message, "no user name"));
    CHECK(proxy.counts().with_credentials == 0);
}

TEST_CASE("what a proxy answers instead of a tunnel is named with its status and cause", "[net]") {
    DialScene scene;
    struct Row {
        int status;
        Code code;
        const char* words;
    };
    for (const Row& row : {Row{403, Code::Unauthorized, "policy"}, Row{502, Code::Disconnected, "cannot reach"},
                           Row{503, Code::Disconnected, "cannot reach"}, Row{504, Code::Disconnected, "cannot reach"},
                           Row{500, Code::Disconnected, "500"}}) {
        INFO(row.status);
        TestProxy::Rules rules;
        rules.refuse_with = row.status;
        TestProxy proxy(rules);
        const net::DialError error = failure(net::dial(scene.through(proxy), scene.memory));
        CHECK(error.stage == DialStage::ProxyAnswer);
        CHECK(error.proxy_status == row.status);
        CHECK(error.error.code == row.code);
        CHECK(contains(error.error.message, std::to_string(row.status)));
        CHECK(contains(error.error.message, row.words));
        CHECK(contains(error.error.message, "ERR_TEST"));
        CHECK(contains(error.error.message, proxy.url()));
        CHECK_FALSE(net::proxy_is_dead(error));
    }
}

TEST_CASE("a proxy that is not there, hangs up or never answers is dead", "[net]") {
    DialScene scene;
    TestProxy proxy;
    auto request = scene.through(proxy);
    request.proxy->url = "http://127.0.0.1:" + std::to_string(test::unused_port());
    net::DialError error = failure(net::dial(request, scene.memory));
    CHECK(error.stage == DialStage::ConnectProxy);
    CHECK(contains(error.error.message, "Connection refused"));
    CHECK(net::proxy_is_dead(error));

    request.proxy->url = "http://proxy.invalid:3128";
    error = failure(net::dial(request, scene.memory));
    CHECK(error.stage == DialStage::ResolveProxy);
    CHECK(contains(error.error.message, "cannot resolve proxy http://proxy.invalid:3128 (test)"));
    CHECK(net::proxy_is_dead(error));

    TestProxy::Rules rules;
    rules.hang_up = true;
    proxy.set_rules(rules);
    error = failure(net::dial(scene.through(proxy), scene.memory));
    CHECK(error.stage == DialStage::ProxyAnswer);
    CHECK(contains(error.error.message, "instead of answering CONNECT"));
    CHECK(net::proxy_is_dead(error));

    rules = {};
    rules.never_answer = true;
    proxy.set_rules(rules);
    request = scene.through(proxy);
    request.connect_timeout = 200ms;
    error = failure(net::dial(request, scene.memory));
    CHECK(error.stage == DialStage::ProxyAnswer);
    CHECK(error.error.code == Code::Timeout);
    CHECK(contains(error.error.message, "did not answer CONNECT"));
    CHECK(net::proxy_is_dead(error));
}
