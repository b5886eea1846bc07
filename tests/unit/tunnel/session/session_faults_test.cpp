// The promise of a session, under everything that a link may do to it.
#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include "tests/unit/tunnel/session/session_pair.h"

using namespace culvert;
using namespace culvert::test;
using namespace std::chrono_literals;

namespace {

enum class Fault { Send, Deliver, CutAgent, CutController, Lose, Double, Swap, Wait, Count };

std::vector<std::string> numbered(std::size_t count) {
    std::vector<std::string> out;
    for (std::size_t i = 0; i < count; ++i) out.push_back(std::to_string(i));
    return out;
}

struct Story {
    SessionPair pair{{.unacknowledged_bytes = 8 << 20, .silence = 5s, .give_up = 1h}};
    std::size_t from_controller = 0, from_agent = 0;

    void send() {
        auto* controller = pair.controller->diary.session;
        auto* agent = pair.agent->diary.session;
        for (int i = *rc::gen::inRange(1, 8); i > 0; --i) {
            if (controller != nullptr && controller->send(std::to_string(from_controller))) ++from_controller;
            if (agent != nullptr && agent->send(std::to_string(from_agent))) ++from_agent;
        }
    }

    void cut(FakeUplink& uplink) {
        uplink.down();
        pair.time.advance(std::chrono::milliseconds(*rc::gen::inRange(0, 3000)));
        send();
        uplink.up();
    }

    void act() {
        const std::size_t under_way = pair.relay.under_way();
        const auto some = [&] { return *rc::gen::inRange<std::size_t>(0, under_way); };
        switch (static_cast<Fault>(*rc::gen::inRange(0, static_cast<int>(Fault::Count)))) {
            case Fault::Send:
                return send();
            case Fault::Deliver:
                pair.relay.deliver(*rc::gen::inRange<std::size_t>(1, 20));
                return;
            case Fault::CutAgent:
                return cut(*pair.agent->uplink);
            case Fault::CutController:
                return cut(*pair.controller->uplink);
            case Fault::Lose:
                if (under_way != 0) pair.relay.lose(some());
                return;
            case Fault::Double:
                if (under_way != 0) pair.relay.double_up(some());
                return;
            case Fault::Swap:
                if (under_way != 0) pair.relay.swap(some(), some());
                return;
            case Fault::Wait:
                pair.time.advance(std::chrono::milliseconds(*rc::gen::inRange(1, 2000)));
                return;
            case Fault::Count:
                return;
        }
    }
};

}  // namespace

TEST_CASE("every message arrives exactly once and in order, whatever the link does", "[session]") {
    rc::check([] {
        Story story;
        story.pair.open();
        const int length = *rc::gen::inRange(1, 120);
        for (int i = 0; i < length; ++i) story.act();
        story.pair.settle(90s);
        RC_ASSERT(story.pair.agent->diary.messages == numbered(story.from_controller));
        RC_ASSERT(story.pair.controller->diary.messages == numbered(story.from_agent));
        RC_ASSERT(story.pair.controller->diary.session->unacknowledged() == 0U);
        RC_ASSERT(story.pair.agent->diary.count("lost") == 0U);
    });
}
