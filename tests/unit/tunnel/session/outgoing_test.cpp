#include "tunnel/session/outgoing.h"

#include <catch2/catch.hpp>

#include "tunnel/session/incoming.h"

using namespace culvert;
using namespace culvert::tunnel::session;

namespace {

Outgoing make(std::size_t capacity = 100) {
    return Outgoing(std::make_unique<MemoryStore>(), capacity);
}

}  // namespace

TEST_CASE("messages are sent in order and kept until acknowledged", "[session]") {
    Outgoing out = make();
    REQUIRE(out.append("a"));
    REQUIRE(out.append("bb"));
    CHECK(out.take_unsent()->message == "a");
    CHECK(out.take_unsent()->number == 2);
    CHECK_FALSE(out.has_unsent());
    CHECK(out.in_flight_bytes() == 3);
    REQUIRE(out.acknowledge(1));
    CHECK(out.kept_messages() == 1);
    CHECK(out.kept_bytes() == 2);
    CHECK(out.in_flight_bytes() == 2);
}

TEST_CASE("a new channel sends again what the peer does not have", "[session]") {
    Outgoing out = make();
    for (const char* message : {"a", "b", "c"}) REQUIRE(out.append(message));
    while (out.has_unsent()) REQUIRE(out.take_unsent());
    REQUIRE(out.resume_after(1));
    CHECK(out.in_flight_bytes() == 0);
    CHECK(out.take_unsent()->message == "b");
    CHECK(out.take_unsent()->message == "c");
}

TEST_CASE("a peer that claims more than was sent is refused", "[session]") {
    Outgoing out = make();
    REQUIRE(out.append("a"));
    CHECK_FALSE(out.acknowledge(1));
    CHECK_FALSE(out.resume_after(2));
    REQUIRE(out.resume_after(1));
    CHECK_FALSE(out.resume_after(0));
}

TEST_CASE("a full window takes nothing, but a single message always fits", "[session]") {
    Outgoing out = make(10);
    REQUIRE(out.append(std::string(50, 'x')));
    const auto refused = out.append("y");
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Code::Overloaded);
    REQUIRE(out.take_unsent());
    REQUIRE(out.acknowledge(1));
    CHECK(out.append("y"));
}

TEST_CASE("each number is handed out once, and a hole is noticed", "[session]") {
    Incoming in;
    CHECK(in.arrived(1, 1) == Incoming::Arrival::New);
    CHECK(in.arrived(1, 1) == Incoming::Arrival::Duplicate);
    CHECK(in.ack_due_now());
    CHECK(in.take_ack() == 1);
    CHECK(in.arrived(3, 1) == Incoming::Arrival::Gap);
    CHECK(in.arrived(2, 1) == Incoming::Arrival::New);
}

TEST_CASE("an acknowledgement is due at the latest after 64 messages", "[session]") {
    Incoming in;
    for (std::uint64_t number = 1; number < kMessagesPerAck; ++number) {
        in.arrived(number, 1);
        CHECK_FALSE(in.ack_due_now());
    }
    in.arrived(kMessagesPerAck, 1);
    CHECK(in.ack_due_now());
}
