#include <algorithm>

#include <catch2/catch.hpp>

#include "common/base/clock.h"
#include "tests/integration/tunnel_link/relay_nodes.h"

using namespace culvert;
using namespace culvert::test;
using namespace std::chrono_literals;
using tunnel::link::Transport;
using tunnel::link::TransportChoice;
namespace envelope = tunnel::envelope;

namespace {

constexpr std::uint64_t kInstance = 77;

// An agent behind a proxy, and a controller beside the relay.
struct Pair {
    explicit Pair(TestRelay::Tls tls) : relay({}, tls) {
        auto settings = settings_for(relay);
        settings.role = Role::Controller;
        settings.instance = kInstance;
        REQUIRE_FALSE(controller.start(settings));
        REQUIRE(controller.wait_up());
    }

    void start_agent(TransportChoice transport, Duration first_climb = 1min) {
        auto settings = settings_for(relay);
        settings.transport = transport;
        settings.first_climb = first_climb;
        use_proxy(settings, proxy);
        REQUIRE_FALSE(agent.start(settings));
    }
    // Numbered envelopes from one node to the other, as fast as it takes them.
    void say(UplinkNode& from, const Address& self, const Address& to, int first, int count) {
        for (int number = first; number < first + count;) {
            const Status sent = from.send({envelope::Kind::Data, self, to, std::to_string(number)});
            if (sent) ++number;
            if (!sent) REQUIRE(sent.error().code == Code::Overloaded);
        }
    }
    void agent_says(int first, int count) { say(agent, agent_address, controller_address, first, count); }
    void controller_says(int first, int count) { say(controller, controller_address, agent_address, first, count); }
    static bool heard(UplinkNode& node, int count) {
        const bool all = node.wait_until(
            [count](const UplinkNode::Record& record) { return static_cast<int>(record.envelopes.size()) >= count; });
        const auto record = node.record();
        for (std::size_t i = 0; i < record.envelopes.size(); ++i) {
            if (record.envelopes[i].kind != envelope::Kind::Data || record.envelopes[i].body != std::to_string(i))
                return false;
        }
        return all && static_cast<int>(record.envelopes.size()) == count;
    }
    bool wait_agent_by(Transport transport) {
        const bool up = agent.wait_until(
            [transport](const auto& record) { return record.last_up && record.last_up->transport == transport; });
        if (!up && !agent.record().downs.empty()) WARN(agent.record().downs.front());
        return up;
    }

    TestRelay relay;
    TestProxy proxy;
    UplinkNode controller{relay.controller("ops"), trust_of(relay)};
    UplinkNode agent{relay.agent("fra-1"), trust_of(relay)};
    Address controller_address{controller.identity().member().id, kInstance};
    Address agent_address{agent.identity().member().id, 0};
};

TestProxy::Rules without_upgrades() {
    TestProxy::Rules rules;
    rules.strip_upgrade = true;
    return rules;
}

}  // namespace

TEST_CASE("a link by long-poll carries envelopes both ways, in order, and everybody knows how it came", "[link]") {
    Pair pair(TestRelay::Tls::On);
    pair.start_agent(TransportChoice::LongPoll);
    REQUIRE(pair.wait_agent_by(Transport::LongPoll));
    REQUIRE(pair.controller.wait_until([](const UplinkNode::Record& record) {
        return std::any_of(record.presence.begin(), record.presence.end(), [](const auto& entry) {
            return entry.name == "fra-1" && entry.online && entry.transport == "long_poll";
        });
    }));
    CHECK(pair.relay.counters().long_poll == 1);
    pair.controller_says(0, 2000);
    CHECK(Pair::heard(pair.agent, 2000));
    pair.agent_says(0, 2000);
    CHECK(Pair::heard(pair.controller, 2000));
    CHECK(pair.agent.info()->rtt > Duration::zero());
    pair.agent.stop();
    CHECK(pair.controller.wait_until([](const UplinkNode::Record& record) {
        return std::any_of(record.presence.begin(), record.presence.end(),
                           [](const auto& entry) { return entry.name == "fra-1" && !entry.online; });
    }));
}

TEST_CASE("connections that break under a long-poll link are made again, and nothing is lost or doubled", "[link]") {
    Pair pair(TestRelay::Tls::On);
    pair.start_agent(TransportChoice::LongPoll);
    REQUIRE(pair.wait_agent_by(Transport::LongPoll));
    for (int round = 0; round < 5; ++round) {
        pair.controller_says(round * 100, 100);
        pair.agent_says(round * 100, 100);
        pair.proxy.cut();
    }
    CHECK(Pair::heard(pair.agent, 500));
    CHECK(Pair::heard(pair.controller, 500));
    CHECK(pair.agent.record().downs.empty());
}

TEST_CASE("where the Upgrade header is stripped the link falls to long-poll at once", "[link]") {
    Pair pair(TestRelay::Tls::Off);
    pair.proxy.set_rules(without_upgrades());
    pair.start_agent(TransportChoice::Auto);
    REQUIRE(pair.wait_agent_by(Transport::LongPoll));
    CHECK(pair.agent.record().downs.empty());
}

TEST_CASE("a node that must use WebSocket says what became of it", "[link]") {
    Pair pair(TestRelay::Tls::Off);
    pair.proxy.set_rules(without_upgrades());
    pair.start_agent(TransportChoice::WebSocket);
    REQUIRE(pair.agent.wait_until([](const UplinkNode::Record& record) { return !record.downs.empty(); }));
    CHECK_THAT(pair.agent.record().downs.front(), Catch::Contains("426"));
}

TEST_CASE("a WebSocket that works again takes over from long-poll, and no envelope is lost on the way", "[link]") {
    Pair pair(TestRelay::Tls::Off);
    pair.proxy.set_rules(without_upgrades());
    pair.start_agent(TransportChoice::Auto, 300ms);
    REQUIRE(pair.wait_agent_by(Transport::LongPoll));
    pair.proxy.set_rules({});
    int said = 0;
    const auto by_web_socket = [&] {
        const auto record = pair.agent.record();
        return record.last_up->transport == Transport::WebSocket;
    };
    constexpr int kUnderWay = 100;
    const auto arrived = [](UplinkNode& node, int count) {
        return node.wait_until(
            [count](const auto& record) { return static_cast<int>(record.envelopes.size()) >= count; });
    };
    const SystemClock clock;
    const SteadyTime patience = clock.steady_now() + 30s;
    for (; !by_web_socket() && clock.steady_now() < patience; said += 10) {
        pair.controller_says(said, 10);
        pair.agent_says(said, 10);
        REQUIRE(arrived(pair.agent, said - kUnderWay));
        REQUIRE(arrived(pair.controller, said - kUnderWay));
    }
    REQUIRE(by_web_socket());
    pair.controller_says(said, 100);
    pair.agent_says(said, 100);
    CHECK(Pair::heard(pair.agent, said + 100));
    CHECK(Pair::heard(pair.controller, said + 100));
    CHECK(pair.agent.record().downs.empty());
    CHECK(pair.relay.counters().long_poll == 0);
}

TEST_CASE("a relay that restarts is found again by long-poll", "[link]") {
    Pair pair(TestRelay::Tls::On);
    pair.start_agent(TransportChoice::LongPoll);
    REQUIRE(pair.wait_agent_by(Transport::LongPoll));
    pair.relay.stop();
    pair.relay.start();
    CHECK(pair.agent.wait_until([](const UplinkNode::Record& record) { return record.ups >= 2; }, 20s));
}
