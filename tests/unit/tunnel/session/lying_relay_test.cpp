// A relay that says what is not so: it costs time, and nothing else.
#include <utility>

#include <catch2/catch.hpp>

#include "tests/unit/tunnel/session/session_pair.h"

using namespace culvert;
using namespace culvert::test;
using tunnel::envelope::Envelope;
using tunnel::envelope::Kind;
using tunnel::session::Session;
using namespace std::chrono_literals;

namespace {

std::size_t channels_opened(const Diary& diary) {
    return diary.count("open") + diary.count("resumed");
}

// Alters every body of an open channel but the first, with which it opens: no message ever arrives.
std::function<bool(Envelope&)> spoil_open_channels(const FakeNode& agent) {
    return [&agent, seen = channels_opened(agent.diary)](Envelope& envelope) mutable {
        constexpr std::size_t kSequence = tunnel::session::kCarriageHeader + 4;  // of a PlainChannel's record
        const bool open = agent.diary.session != nullptr && agent.diary.session->connected();
        const std::size_t opened = channels_opened(agent.diary);
        const bool first = std::exchange(seen, opened) != opened;
        if (open && !first && envelope.kind == Kind::Data && envelope.body.size() > kSequence)
            envelope.body[kSequence] = static_cast<char>(envelope.body[kSequence] ^ 1);
        return true;
    };
}

}  // namespace

TEST_CASE("a path that spoils every channel makes both ends shake hands ever more seldom", "[session]") {
    SessionPair pair;
    Session& session = pair.open();
    pair.relay.lie = spoil_open_channels(*pair.agent);
    REQUIRE(pair.agent->diary.session->send("spoilt"));
    REQUIRE(session.send("spoilt"));
    pair.settle(2min);
    CHECK(channels_opened(pair.agent->diary) + channels_opened(pair.controller->diary) < 100);
    CHECK(pair.agent->diary.count("lost") == 0);
    pair.relay.lie = {};
    pair.settle(30s);
    CHECK(session.connected());
    CHECK(pair.agent->diary.messages == std::vector<std::string>{"spoilt"});
    CHECK(pair.controller->diary.messages == std::vector<std::string>{"spoilt"});
}

TEST_CASE("wakes that a relay invents lead to no more handshakes than the back-off allows", "[session]") {
    SessionPair pair;
    pair.open();
    const std::string wake = tunnel::session::encode(tunnel::session::Carriage{.channel = 0, .wake = true});
    for (int i = 0; i < 3000; ++i) {
        pair.controller->endpoint->on_envelope({Kind::Data, pair.agent_address, pair.controller_address, wake, {}});
        pair.settle(20ms);
    }
    CHECK(channels_opened(pair.controller->diary) < 60);
}

TEST_CASE("a channel that was of use is replaced at once", "[session]") {
    SessionPair pair;
    Session& session = pair.open();
    for (int i = 0; i < 20; ++i) {
        REQUIRE(pair.agent->diary.session->send(std::to_string(i)));
        pair.settle(100ms);
        pair.controller->endpoint->on_envelope(
            {Kind::Unreachable, pair.agent_address, pair.controller_address, {}, {}});
        pair.settle(400ms);
        CHECK(session.connected());
    }
    CHECK(pair.controller->diary.messages.size() == 20);
}

TEST_CASE("a relay that says another process of the controller speaks does not end the session", "[session]") {
    SessionPair pair;
    Session& session = pair.open();
    const Address true_name = pair.controller_address;
    const Address false_name{true_name.node, true_name.instance + 1};
    pair.relay.lie = [&](Envelope& envelope) {
        if (envelope.from == true_name) envelope.from = false_name;
        if (envelope.to == false_name) envelope.to = true_name;
        return true;
    };
    REQUIRE(session.send("one"));
    pair.agent->uplink->down();
    pair.agent->uplink->up();
    pair.settle(30s);
    CHECK_FALSE(session.connected());
    CHECK(pair.controller->diary.count("lost") == 0);
    CHECK(pair.agent->accepted.size() == 1);
    pair.relay.lie = {};
    pair.settle(30s);
    CHECK(session.connected());
    CHECK(pair.agent->diary.messages == std::vector<std::string>{"one"});
}
