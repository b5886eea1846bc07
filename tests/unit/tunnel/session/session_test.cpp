#include <catch2/catch.hpp>

#include "tests/unit/tunnel/session/session_pair.h"

using namespace culvert;
using namespace culvert::test;
using tunnel::session::Session;
using tunnel::session::SessionLimits;
using namespace std::chrono_literals;

namespace {

std::vector<std::string> numbers(int from, int to) {
    std::vector<std::string> out;
    for (int i = from; i <= to; ++i) out.push_back(std::to_string(i));
    return out;
}

void send_numbers(Session& session, int from, int to) {
    for (const std::string& number : numbers(from, to)) REQUIRE(session.send(number));
}

}  // namespace

TEST_CASE("a session opens and carries messages both ways", "[session]") {
    SessionPair pair;
    Session& session = pair.open();
    CHECK(session.connected());
    CHECK(pair.agent->accepted == std::vector<std::string>{"ctl"});
    CHECK(session.peer_name() == "fra-1");
    send_numbers(session, 1, 200);
    send_numbers(*pair.agent->diary.session, 1, 300);
    pair.settle();
    CHECK(pair.agent->diary.messages == numbers(1, 200));
    CHECK(pair.controller->diary.messages == numbers(1, 300));
    CHECK(session.unacknowledged() == 0);
    CHECK(pair.agent->diary.session->unacknowledged() == 0);
}

TEST_CASE("messages that were sent before the link was there arrive later", "[session]") {
    SessionPair pair;
    Session& session = pair.controller->endpoint->open(pair.agent_address, "fra-1", pair.controller->diary);
    send_numbers(session, 1, 3);
    pair.settle();
    CHECK(pair.agent->diary.messages.empty());
    pair.controller->uplink->up();
    pair.settle();
    pair.agent->uplink->up();
    pair.settle();
    CHECK(pair.agent->diary.messages == numbers(1, 3));
    CHECK(pair.controller->diary.events == std::vector<std::string>{"open"});
}

TEST_CASE("a cut link interrupts the session, and nothing is lost or doubled", "[session]") {
    SessionPair pair;
    Session& session = pair.open();
    for (const bool cut_agent : {true, false}) {
        send_numbers(*pair.agent->diary.session, 1, 10);
        pair.relay.deliver(2);
        FakeUplink& cut = cut_agent ? *pair.agent->uplink : *pair.controller->uplink;
        cut.down();
        send_numbers(*pair.agent->diary.session, 11, 20);
        pair.settle();
        CHECK_FALSE(pair.agent->diary.session->connected());
        cut.up();
        pair.settle(3s);
        CHECK(session.connected());
        CHECK(pair.controller->diary.messages == numbers(1, 20));
        pair.controller->diary.messages.clear();
    }
    CHECK(pair.controller->diary.count("resumed") == 2);
    CHECK(pair.agent->diary.count("resumed") == 2);
    CHECK(pair.agent->diary.count("lost") == 0);
}

TEST_CASE("an agent with something to say asks for a channel when only its own link was cut", "[session]") {
    SessionPair pair;
    pair.open();
    // The controller does not hear of it: no presence, no Unreachable, nothing to send.
    pair.agent->endpoint->on_down({Code::Disconnected, "cut"}, 1s);
    pair.agent->endpoint->on_up(*pair.agent->uplink->info());
    send_numbers(*pair.agent->diary.session, 1, 5);
    pair.settle(3s);
    CHECK(pair.controller->diary.messages == numbers(1, 5));
}

TEST_CASE("an envelope that vanished on a living link is noticed by silence", "[session]") {
    SessionPair pair(SessionLimits{.unacknowledged_bytes = 1 << 20, .silence = 15s, .give_up = 5min});
    pair.open();
    REQUIRE(pair.agent->diary.session->send("lost at first"));
    REQUIRE(pair.relay.under_way() == 1);
    pair.relay.lose(0);
    pair.settle(14s);
    CHECK(pair.controller->diary.messages.empty());
    pair.settle(5s);
    CHECK(pair.controller->diary.messages == std::vector<std::string>{"lost at first"});
}

TEST_CASE("a session opens over a path that needs 8 s in each direction", "[session]") {
    SessionPair pair(SessionLimits{.unacknowledged_bytes = 1 << 20, .silence = 60s, .give_up = 10min});
    pair.agent->uplink->up();
    pair.controller->uplink->up();
    tunnel::session::Session& session =
        pair.controller->endpoint->open(pair.agent_address, "fra-1", pair.controller->diary);
    for (int leg = 0; leg < 25 && !session.connected(); ++leg) {
        const std::size_t sent_by_now = pair.relay.under_way();
        for (Duration passed{}; passed < 8s; passed += 100ms) pair.time.advance(100ms);
        pair.relay.deliver(sent_by_now);
    }
    CHECK(session.connected());
}

TEST_CASE("bytes that were lost within the stream break the channel at once", "[session]") {
    SessionPair pair;
    pair.open();
    send_numbers(*pair.agent->diary.session, 1, 3);
    pair.relay.lose(1);
    pair.settle(2s);
    CHECK(pair.controller->diary.messages == numbers(1, 3));
    CHECK(pair.controller->diary.count("interrupted") == 1);
}

TEST_CASE("datagrams arrive while the channel is open and are dropped otherwise", "[session]") {
    SessionPair pair;
    Session& session = pair.open();
    session.send_datagram("probe 1");
    pair.settle();
    pair.agent->uplink->down();
    pair.settle();
    session.send_datagram("probe 2");
    pair.agent->uplink->up();
    pair.settle(2s);
    session.send_datagram("probe 3");
    pair.settle();
    CHECK(pair.agent->diary.datagrams == std::vector<std::string>{"probe 1", "probe 3"});
}

TEST_CASE("a full window says Overloaded, and writable once the peer has acknowledged", "[session]") {
    SessionPair pair(SessionLimits{.unacknowledged_bytes = 1000, .silence = 15s, .give_up = 5min});
    Session& session = pair.open();
    int sent = 0;
    while (session.send(std::string(100, 'x'))) ++sent;
    CHECK(sent == 10);
    CHECK(session.send(std::string(100, 'x')).error().code == Code::Overloaded);
    pair.settle();
    CHECK(pair.controller->diary.count("writable") == 1);
    CHECK(session.send(std::string(100, 'x')));
}

TEST_CASE("a slow uplink holds messages back instead of filling memory", "[session]") {
    SessionPair pair;
    Session& session = pair.open();
    pair.controller->uplink->room = 4;
    for (int i = 0; i < 40; ++i) REQUIRE(session.send(std::string(100'000, static_cast<char>('a' + i % 26))));
    pair.settle();
    CHECK(pair.agent->diary.messages.size() == 40);
}

TEST_CASE("messages beyond the limit are refused", "[session]") {
    SessionPair pair;
    Session& session = pair.open();
    CHECK(session.send("").error().code == Code::InvalidInput);
    CHECK(session.send(std::string(tunnel::session::kLargestMessage + 1, 'x')).error().code == Code::InvalidInput);
    CHECK(session.send(std::string(tunnel::session::kLargestMessage, 'x')));
    pair.settle();
    CHECK(pair.agent->diary.messages.at(0).size() == tunnel::session::kLargestMessage);
}

TEST_CASE("a session closed by one end is lost at the other, with the reason", "[session]") {
    SessionPair pair;
    Session& session = pair.open();
    session.close("run released");
    pair.settle();
    CHECK(pair.agent->diary.count("lost") == 1);
    CHECK(pair.agent->diary.lost_because == "the peer closed the session: run released");
    CHECK(pair.controller->diary.count("lost") == 0);
}

TEST_CASE("a session may be closed from within its own message", "[session]") {
    SessionPair pair;
    Session& session = pair.open();
    pair.agent->diary.on_each = [](Session& from) { from.close("enough"); };
    send_numbers(session, 1, 3);
    pair.settle();
    CHECK(pair.agent->diary.messages == numbers(1, 1));
    CHECK(pair.controller->diary.count("lost") == 1);
}

TEST_CASE("a session that is not resumed in time is lost at both ends", "[session]") {
    SessionPair pair(SessionLimits{.unacknowledged_bytes = 1 << 20, .silence = 5s, .give_up = 60s});
    pair.open();
    pair.agent->uplink->down();
    pair.settle(61s);
    CHECK(pair.agent->diary.count("lost") == 1);
    CHECK(pair.controller->diary.count("lost") == 1);
    CHECK(pair.controller->diary.lost_because.find("gave up: ") == 0);
}

TEST_CASE("an agent that was restarted does not resume, and the controller is told", "[session]") {
    SessionPair pair;
    pair.open();
    pair.agent->uplink->down();
    pair.agent.reset();
    pair.agent =
        std::make_unique<FakeNode>(pair.relay, pair.time, pair.agent_address, Role::Agent, "fra-1", pair.limits);
    pair.agent->uplink->up();
    pair.settle(3s);
    CHECK(pair.controller->diary.count("lost") == 1);
    CHECK(pair.controller->diary.lost_because.find("does not know this session") != std::string::npos);
    Session& again = pair.controller->endpoint->open(pair.agent_address, "fra-1", pair.controller->diary);
    send_numbers(again, 1, 2);
    pair.settle();
    CHECK(pair.agent->diary.messages == numbers(1, 2));
}

TEST_CASE("open gives the same session while it lives", "[session]") {
    SessionPair pair;
    Session& session = pair.open();
    CHECK(&pair.controller->endpoint->open(pair.agent_address, "fra-1", pair.controller->diary) == &session);
}

TEST_CASE("two processes of one controller have sessions of their own", "[session]") {
    SessionPair pair;
    pair.open();
    FakeNode second(pair.relay, pair.time, {pair.controller_address.node, 78}, Role::Controller, "ctl", pair.limits);
    second.uplink->up();
    Session& other = second.endpoint->open(pair.agent_address, "fra-1", second.diary);
    pair.settle();
    CHECK(other.connected());
    CHECK(pair.controller->diary.session->connected());
    CHECK(pair.agent->accepted.size() == 2);
}

TEST_CASE("sessions of controllers that were killed do not keep others out", "[session]") {
    SessionPair pair;
    pair.agent->uplink->up();
    std::vector<std::unique_ptr<FakeNode>> controllers;
    const auto open_another = [&] {
        const auto n = static_cast<std::uint8_t>(10 + controllers.size());
        controllers.push_back(std::make_unique<FakeNode>(pair.relay, pair.time, Address{node_id(n), n},
                                                         Role::Controller, "ctl", pair.limits));
        controllers.back()->uplink->up();
        controllers.back()->endpoint->open(pair.agent_address, "fra-1", controllers.back()->diary);
        pair.settle();
        return controllers.back()->diary.count("open") == 1;
    };
    for (std::size_t i = 0; i < tunnel::session::AgentEndpoint::kMostSessions; ++i) REQUIRE(open_another());
    CHECK_FALSE(open_another());  // all of them are alive
    controllers[3]->uplink->down();
    pair.agent->endpoint->on_envelope(
        {tunnel::envelope::Kind::Unreachable, controllers[3]->uplink->self, pair.agent_address, {}, {}});
    pair.settle(12s);
    CHECK(controllers.back()->diary.count("open") == 1);
}

TEST_CASE("a certificate that is not the sender's opens no session", "[session]") {
    SessionPair pair;
    pair.agent->uplink->up();
    // Says it is node 9, shows the certificate of node 2.
    tunnel::session::EndpointParts parts;
    parts.scheduler = std::make_unique<VirtualScheduler>(pair.time);
    parts.channels = PlainChannel::maker(node_id(2), "ctl");
    Diary diary;
    parts.self = node_id(9);
    tunnel::session::ControllerEndpoint impostor(std::move(parts));
    FakeUplink uplink(pair.relay, {node_id(9), 1}, Role::Controller, "evil", impostor);
    impostor.attach(uplink);
    uplink.up();
    Session& session = impostor.open(pair.agent_address, "fra-1", diary);
    pair.settle(3s);
    CHECK_FALSE(session.connected());
    CHECK(pair.agent->accepted.empty());
}

TEST_CASE("new revocations make every peer show its certificate again", "[session]") {
    VirtualTime time;
    FakeRelay relay;
    FakeNode agent(relay, time, {node_id(1), 0}, Role::Agent, "fra-1", {}, {},
                   [](std::string_view crl) { return crl != "forged"; });
    FakeNode controller(relay, time, {node_id(2), 5}, Role::Controller, "ctl", {});
    agent.uplink->up();
    controller.uplink->up();
    controller.endpoint->open({node_id(1), 0}, "fra-1", controller.diary);
    for (int i = 0; i < 100; ++i, relay.deliver()) time.advance(10ms);
    REQUIRE(agent.diary.session->connected());
    agent.endpoint->on_envelope({tunnel::envelope::Kind::Revocations, {}, {}, "forged", {}});
    CHECK(agent.diary.session->connected());
    agent.endpoint->on_envelope({tunnel::envelope::Kind::Revocations, {}, {}, "crl", {}});
    CHECK_FALSE(agent.diary.session->connected());
    for (int i = 0; i < 300; ++i, relay.deliver()) time.advance(10ms);
    CHECK(agent.diary.session->connected());
    agent.endpoint->on_envelope({tunnel::envelope::Kind::Revocations, {}, {}, "crl", {}});
    CHECK(agent.diary.session->connected());
}

TEST_CASE("the session of a controller that is revoked ends at once, also one without a channel", "[session]") {
    VirtualTime time;
    FakeRelay relay;
    FakeNode agent(
        relay, time, {node_id(1), 0}, Role::Agent, "fra-1", {}, {}, [](std::string_view) { return true; },
        [](std::string_view serial) { return serial == "5ectl"; });
    FakeNode controller(relay, time, {node_id(2), 5}, Role::Controller, "ctl", {});
    FakeNode other(relay, time, {node_id(3), 6}, Role::Controller, "ci", {});
    for (FakeNode* node : {&agent, &controller, &other}) node->uplink->up();
    const auto settle = [&] {
        for (int i = 0; i < 300; ++i, relay.deliver()) time.advance(10ms);
    };
    controller.endpoint->open({node_id(1), 0}, "fra-1", controller.diary);
    settle();
    SECTION("with a channel") {}
    SECTION("without one") {
        agent.uplink->down();
    }
    agent.endpoint->on_envelope({tunnel::envelope::Kind::Revocations, {}, {}, "crl", {}});
    CHECK(agent.diary.count("lost") == 1);
    CHECK(agent.diary.lost_because.find("revoked") != std::string::npos);
    if (!agent.uplink->is_up()) agent.uplink->up();
    other.endpoint->open({node_id(1), 0}, "fra-1", other.diary);
    settle();
    CHECK(other.diary.count("open") == 1);
    agent.endpoint->on_envelope({tunnel::envelope::Kind::Revocations, {}, {}, "another crl", {}});
    CHECK(agent.diary.count("lost") == 1);
}

TEST_CASE("a relay that calls an agent by another one's name opens no session", "[session]") {
    SessionPair pair;
    pair.agent->uplink->up();
    pair.controller->uplink->up();
    Session& session = pair.controller->endpoint->open(pair.agent_address, "fra-2", pair.controller->diary);
    pair.settle(5s);
    CHECK_FALSE(session.connected());
    REQUIRE(session.trouble());
    CHECK(session.trouble()->message.find("certificate says fra-1") != std::string::npos);
    CHECK(pair.agent->accepted.empty());
}

TEST_CASE("a peer that asks for more answers than the link carries loses the channel, not the memory", "[session]") {
    struct StuckOutlet final : tunnel::session::Outlet {
        Status send_data(const Address&, std::string) override { return fail(Code::Overloaded, "full"); }
    } outlet;
    struct Events final : tunnel::session::FramedChannelEvents {
        void on_channel_open(tunnel::session::FramedChannel&) override {}
        void on_frame(tunnel::session::FramedChannel&, const tunnel::session::Frame&) override {}
        void on_channel_closed(tunnel::session::FramedChannel&, const Error& why) override { closed = why.code; }
        std::optional<Code> closed;
    } events;
    tunnel::session::FramedChannel channel({node_id(2), 5}, 1, outlet, events);
    channel.start_server(PlainChannel::maker(node_id(1), "fra-1"));
    std::string hello(std::string("\0\0\0\x13\0\0\0\0\1", 9) + std::string(16, '\2') + "ctl");
    channel.feed({.channel = 1, .open = true, .payload = hello});
    for (int i = 0; i < 1'000'000 && !events.closed; ++i) channel.write(tunnel::session::AckFrame{1});
    CHECK(events.closed == Code::Overloaded);
}

TEST_CASE("why there is no channel can be asked for while there is none", "[session]") {
    SessionPair pair;
    pair.controller->uplink->up();
    Session& session = pair.controller->endpoint->open(pair.agent_address, "fra-1", pair.controller->diary);
    CHECK_FALSE(session.trouble());
    pair.settle(15s);
    REQUIRE(session.trouble());
    CHECK(session.trouble()->message.find("the agent") == 0);
    pair.agent->uplink->up();
    pair.settle(30s);
    REQUIRE(session.connected());
    CHECK_FALSE(session.trouble());
}
