#include "tunnel/link/ladder.h"

#include <catch2/catch.hpp>

using namespace culvert;
using namespace std::chrono_literals;
using tunnel::link::Ladder;
using tunnel::link::Transport;
using tunnel::link::TransportChoice;

namespace {

const std::string kWay = "wss://relay.test/mesh http://proxy:3128";

}  // namespace

TEST_CASE("a WebSocket is tried first, then long-poll", "[link]") {
    const Ladder ladder(TransportChoice::Auto);
    CHECK(ladder.order(kWay) == std::vector{Transport::WebSocket, Transport::LongPoll});
    CHECK(ladder.may_climb());
}

TEST_CASE("a transport that was chosen is the only one", "[link]") {
    CHECK(Ladder(TransportChoice::WebSocket).order(kWay) == std::vector{Transport::WebSocket});
    CHECK(Ladder(TransportChoice::LongPoll).order(kWay) == std::vector{Transport::LongPoll});
    CHECK_FALSE(Ladder(TransportChoice::LongPoll).may_climb());
}

TEST_CASE("where only long-poll got through it comes first, until a WebSocket gets through again", "[link]") {
    Ladder ladder(TransportChoice::Auto);
    ladder.admitted(kWay, Transport::LongPoll);
    CHECK(ladder.order(kWay).front() == Transport::LongPoll);
    CHECK(ladder.order("another way").front() == Transport::WebSocket);
    ladder.admitted(kWay, Transport::WebSocket);
    CHECK(ladder.order(kWay).front() == Transport::WebSocket);
}

TEST_CASE("WebSockets that are cut young three times in a row give way to long-poll", "[link]") {
    Ladder ladder(TransportChoice::Auto);
    ladder.cut(kWay, 5s);
    ladder.cut(kWay, 5s);
    ladder.cut(kWay, 5min);
    ladder.cut(kWay, 5s);
    ladder.cut(kWay, 5s);
    CHECK(ladder.order(kWay).front() == Transport::WebSocket);
    ladder.cut(kWay, 5s);
    CHECK(ladder.order(kWay).front() == Transport::LongPoll);
}

TEST_CASE("ways without end do not fill the memory", "[link]") {
    Ladder ladder(TransportChoice::Auto);
    for (int i = 0; i < 10'000; ++i) ladder.admitted("way " + std::to_string(i), Transport::LongPoll);
    CHECK(ladder.order("way 1").front() == Transport::WebSocket);
    CHECK(ladder.order("way 9999").front() == Transport::LongPoll);
}
