// Many nodes that lose one relay at the same instant.
#include <catch2/catch.hpp>

#include "tests/support/herd/herd.h"
#include "tests/support/test_relay.h"

using namespace culvert;
using namespace culvert::test;
using namespace std::chrono_literals;

TEST_CASE("a herd of nodes comes back to a relay that crashed, each by itself and at the relay's pace", "[relay]") {
    constexpr std::size_t kLinks = 60;
    constexpr std::int64_t kHandshakes = 100;
    tunnel::relay::RelayLimits limits;
    limits.handshakes = Rate::per_second(kHandshakes);
    TestRelay relay(limits);
    HerdSettings settings;
    settings.links = kLinks;
    settings.name = "herd";
    settings.tunnel.relays = {relay.url()};
    settings.tunnel.pin_sha256 = {relay.web_pin()};
    settings.tunnel.proxy = config::ProxyConfig::none();

    net::Loop loop;
    std::vector<Comeback> returns;
    auto herd = Herd::create(loop, relay.ca(), settings, [&](const Comeback& all) {
        returns.push_back(all);
        if (returns.size() == 2) return loop.stop();
        relay.stop();
        relay.start();
    });
    REQUIRE(herd);
    auto give_up = loop.after(40s, [&loop] { loop.stop(); });
    (*herd)->start();
    loop.run();
    REQUIRE(returns.size() == 2);
    CHECK(returns[0].outage == 0);
    CHECK(returns[1].outage == 1);
    CHECK(returns[1].went_down == kLinks);
    CHECK(returns[1].attempts >= kLinks);
    CHECK(returns[1].handshake_p50 > Duration::zero());
    CHECK(relay.counters().agents == kLinks);
    CHECK(relay.counters().handshakes >= kLinks);
    give_up.reset();
    (*herd)->stop();
    herd->reset();
}
