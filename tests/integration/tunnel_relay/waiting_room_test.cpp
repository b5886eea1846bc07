// What becomes of connections that come faster than handshakes may begin.
#include "tunnel/relay/waiting_room.h"

#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include <future>
#include <thread>
#include <vector>

#include "common/base/check.h"
#include "tests/support/raw_link.h"
#include "tests/support/test_relay.h"

using namespace culvert;
using namespace culvert::test;
using namespace culvert::tunnel::envelope;
using culvert::tunnel::relay::WaitingRoom;

namespace {

// A room on a loop, and the nodes' ends of the connections in it.
struct Room {
    explicit Room(std::int64_t handshakes_per_second)
        : waiting(loop, Rate::per_second(handshakes_per_second), [this](int fd) {
              begun.push_back(loop.clock().steady_now());
              ::close(fd);
          }) {}
    ~Room() {
        for (const int fd : nodes) ::close(fd);
    }

    void connect(int count) {
        for (int i = 0; i < count; ++i) {
            int pair[2];
            CULVERT_CHECK(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
            nodes.push_back(pair[0]);
            waiting.take(pair[1]);
        }
    }
    // The node's end; the newest connections leave first.
    void leave(int count) {
        for (int i = 0; i < count; ++i) {
            ::close(nodes.back());
            nodes.pop_back();
        }
    }
    // Until nobody waits any more.
    void run() {
        const auto look = loop.every(std::chrono::milliseconds(5), [this] {
            if (waiting.counts().waiting == 0) loop.stop();
        });
        const auto give_up = loop.after(std::chrono::seconds(8), [this] { loop.stop(); });
        loop.run();
    }

    net::Loop loop;
    std::vector<SteadyTime> begun;
    std::vector<int> nodes;
    WaitingRoom waiting;
};

}  // namespace

TEST_CASE("connections that come at once begin their handshakes at the pace of the limit", "[relay]") {
    Room room(100);
    room.connect(150);
    CHECK(room.waiting.counts().begun == 5);
    CHECK(room.waiting.counts().waiting == 145);
    room.run();
    REQUIRE(room.begun.size() == 150);
    for (std::size_t i = 100; i < room.begun.size(); ++i)
        CHECK(room.begun[i] - room.begun[i - 100] >= std::chrono::seconds(1));
    CHECK(room.begun.back() - room.begun.front() < std::chrono::seconds(3));
}

TEST_CASE("who leaves while it waits costs no handshake", "[relay]") {
    Room room(100);
    room.connect(200);
    room.leave(190);
    room.run();
    CHECK(room.begun.size() == 10);
    CHECK(room.waiting.counts().left == 190);
}

TEST_CASE("who finds the waiting room full is turned away at once", "[relay]") {
    Room room(10);
    const auto capacity = static_cast<int>(WaitingRoom::capacity(Rate::per_second(10)));
    room.connect(1 + capacity + 3);
    CHECK(room.waiting.counts().begun == 1);
    CHECK(room.waiting.counts().turned_away == 3);
    char byte = 0;
    CHECK(::recv(room.nodes.back(), &byte, 1, 0) == 0);
    CHECK(::recv(room.nodes.front(), &byte, 1, MSG_DONTWAIT) == 0);  // its handshake was begun, and ended here
    CHECK(::recv(room.nodes[1], &byte, 1, MSG_DONTWAIT) < 0);        // waits
    room.waiting.clear();
    CHECK(::recv(room.nodes[1], &byte, 1, 0) == 0);
}

TEST_CASE("a herd gets in at the relay's pace, and a connected node does not notice", "[relay]") {
    tunnel::relay::RelayLimits limits;
    limits.handshakes = Rate::per_second(40);
    TestRelay relay(limits);
    const auto identity = relay.agent("fra-1");
    RawLink connected = admitted_link(relay.port(), identity);
    const SystemClock clock;
    const SteadyTime began = clock.steady_now();

    std::vector<std::future<bool>> herd;
    for (int i = 0; i < 60; ++i) {
        herd.push_back(std::async(std::launch::async, [&relay, member = relay.agent("herd-" + std::to_string(i))] {
            RawLink link(relay.port());
            return link.upgrade() == 101 && link.say_hello(member).kind == Kind::Admitted;
        }));
    }
    while (relay.counters().handshakes < 61 && clock.steady_now() - began < std::chrono::seconds(8)) {
        const SteadyTime asked = clock.steady_now();
        connected.send({Kind::Echo, {identity.member().id, 0}, {}, "still here"});
        REQUIRE(connected.receive(Kind::EchoReply).has_value());
        CHECK(clock.steady_now() - asked < std::chrono::seconds(1));
    }
    for (auto& member : herd) CHECK(member.get());
    // 61 connections: the first burst of 2, then 38 a second.
    CHECK(clock.steady_now() - began > std::chrono::seconds(1));
    CHECK(relay.counters().turned_away == 0);
}

TEST_CASE("a relay that stops lets nobody wait", "[relay]") {
    tunnel::relay::RelayLimits limits;
    limits.handshakes = Rate::per_second(10);
    TestRelay relay(limits, TestRelay::Tls::Off);
    std::vector<RawLink> herd;
    for (int i = 0; i < 15; ++i) herd.emplace_back(relay.port(), RawLink::Tls::Off);
    while (relay.counters().waiting == 0) std::this_thread::yield();
    relay.drain();
    CHECK(relay.counters().waiting == 0);
    CHECK(herd.back().ended());
}
