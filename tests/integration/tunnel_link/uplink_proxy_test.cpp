// An uplink behind proxies: which one it takes, with which password, and what it says of their refusals.
#include <catch2/catch.hpp>

#include "tests/integration/tunnel_link/relay_nodes.h"
#include "tests/support/loopback.h"

using namespace culvert;
using namespace culvert::test;
using tunnel::link::UplinkSettings;

TEST_CASE("through a proxy: without, and with a password, the route says so", "[link]") {
    TestRelay relay;
    TestProxy::Rules rules;
    SECTION("that lets everybody pass") {}
    SECTION("that wants Basic") {
        rules.username = "alice";
        rules.password = "right";
    }
    TestProxy proxy(rules);
    UplinkSettings settings = settings_for(relay);
    use_proxy(settings, proxy, rules.username, rules.password);
    settings.proxy.direct_never = true;
    auto node = agent_of(relay);
    REQUIRE_FALSE(node->start(settings));
    REQUIRE(node->wait_up());
    CHECK(node->record().last_up->route.proxy == proxy.url());
    CHECK(node->record().last_up->route.proxy_auth == (rules.username.empty() ? "" : "Basic"));
    CHECK(node->record().last_up->route.proxy_chosen_by == "tunnel.proxy.urls[0]");
    CHECK(proxy.counts().tunnels == 1);
}

TEST_CASE("a wrong proxy password is shown once however often the uplink tries", "[link]") {
    TestRelay relay;
    TestProxy::Rules rules;
    rules.username = "alice";
    rules.password = "right";
    TestProxy proxy(rules);
    UplinkSettings settings = settings_for(relay);
    use_proxy(settings, proxy, "alice", "wrong");
    auto node = agent_of(relay);
    REQUIRE_FALSE(node->start(settings));
    REQUIRE(node->wait_until([](const UplinkNode::Record& record) { return record.downs.size() >= 4; }));
    CHECK(proxy.counts().rejected == 1);
    for (const std::string& down : node->record().downs) CHECK(contains(down, "rejected the password of user alice"));
    CHECK_FALSE(node->record().down_for_good);
    // The password is mended while the node runs.
    proxy.set_rules({});
    CHECK(node->wait_up());
}

TEST_CASE("a proxy's refusal is told with its status", "[link]") {
    TestRelay relay;
    for (const int status : {403, 502}) {
        TestProxy::Rules rules;
        rules.refuse_with = status;
        TestProxy proxy(rules);
        UplinkSettings settings = settings_for(relay);
        use_proxy(settings, proxy);
        auto node = agent_of(relay);
        REQUIRE_FALSE(node->start(settings));
        CHECK(contains(first_down(*node), std::to_string(status)));
    }
}

TEST_CASE("a dead proxy is followed by the next one", "[link]") {
    TestRelay relay;
    TestProxy proxy;
    UplinkSettings settings = settings_for(relay);
    use_proxy(settings, proxy);
    settings.proxy.urls.insert(settings.proxy.urls.begin(), "http://127.0.0.1:" + std::to_string(test::unused_port()));
    auto node = agent_of(relay);
    REQUIRE_FALSE(node->start(settings));
    REQUIRE(node->wait_up());
    CHECK(node->record().downs.empty());
    CHECK(node->record().last_up->route.proxy_chosen_by == "tunnel.proxy.urls[1]");
}

TEST_CASE("no_proxy leads past the proxy, unless direct is never", "[link]") {
    TestRelay relay;
    TestProxy proxy;
    UplinkSettings settings = settings_for(relay);
    use_proxy(settings, proxy);
    settings.proxy.no_proxy = {"localhost"};
    auto node = agent_of(relay);
    REQUIRE_FALSE(node->start(settings));
    REQUIRE(node->wait_up());
    CHECK(proxy.counts().connections == 0);
    CHECK(node->record().last_up->route.proxy_chosen_by == "tunnel.proxy.no_proxy localhost");

    settings.proxy.direct_never = true;
    auto strict = agent_of(relay, "fra-2");
    const auto refused = strict->start(settings);
    REQUIRE(refused);
    CHECK(refused->code == Code::InvalidInput);
    CHECK(contains(refused->message, "tunnel.proxy.direct is never"));
}
