#include "tunnel/envelope/presence.h"

#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include "tunnel/envelope/admission.h"
#include "tunnel/envelope/envelope.h"

using namespace culvert;
using namespace culvert::tunnel::envelope;

namespace {

Presence entry(std::uint64_t number) {
    Presence presence;
    presence.address.node.bytes[0] = static_cast<std::uint8_t>(number);
    presence.address.instance = number;
    presence.name = "agent-" + std::to_string(number);
    presence.transport = "websocket";
    return presence;
}

std::vector<Presence> entries(std::size_t count) {
    std::vector<Presence> list;
    for (std::size_t i = 0; i < count; ++i) list.push_back(entry(i));
    return list;
}

// What a controller holds after it has read all the bodies in order.
std::vector<Presence> joined(const std::vector<std::string>& bodies) {
    std::vector<Presence> list;
    for (const std::string& body : bodies) {
        REQUIRE(body.size() <= kLargestBody);
        const auto update = parse_presence(body);
        REQUIRE(update.has_value());
        list.insert(list.end(), update->entries.begin(), update->entries.end());
    }
    return list;
}

}  // namespace

TEST_CASE("a whole list of any length comes back entry by entry", "[envelope]") {
    for (const std::size_t count : {0U, 1U, 7U, 500U, 20000U}) {
        const auto list = entries(count);
        CHECK(joined(encode_whole_list(list)) == list);
    }
}

TEST_CASE("only the first body of a whole list restarts, and only the last has no more", "[envelope]") {
    const auto bodies = encode_whole_list(entries(2000));
    REQUIRE(bodies.size() > 2);
    for (std::size_t i = 0; i < bodies.size(); ++i) {
        const auto update = parse_presence(bodies[i]);
        REQUIRE(update.has_value());
        CHECK(update->restart == (i == 0));
        CHECK(update->more == (i + 1 < bodies.size()));
    }
}

TEST_CASE("an empty whole list is one body, no changes are none", "[envelope]") {
    const auto whole = encode_whole_list({});
    REQUIRE(whole.size() == 1);
    CHECK(parse_presence(whole[0]) == PresenceUpdate{true, false, {}});
    CHECK(encode_changes({}).empty());
}

TEST_CASE("changes carry neither flag", "[envelope]") {
    Presence gone = entry(1);
    gone.online = false;
    gone.last_words = "link lost";
    gone.role = Role::Controller;
    const auto bodies = encode_changes(std::vector<Presence>{gone});
    REQUIRE(bodies.size() == 1);
    CHECK(parse_presence(bodies[0]) == PresenceUpdate{false, false, {gone}});
}

TEST_CASE("long last words are cut", "[envelope]") {
    Presence gone = entry(1);
    gone.last_words = std::string(1000, 'w');
    const auto parsed = parse_presence(encode_changes(std::vector<Presence>{gone})[0]);
    REQUIRE(parsed.has_value());
    CHECK(parsed->entries[0].last_words.size() == kLongestLastWords);
}

TEST_CASE("a presence body that ends early or promises more entries than it holds is an error", "[envelope]") {
    const std::string body = encode_whole_list(entries(3))[0];
    for (std::size_t length = 0; length < body.size(); ++length)
        CHECK_FALSE(parse_presence(std::string_view(body).substr(0, length)).has_value());
    std::string boast = body;
    boast[1] = '\xff';
    CHECK_FALSE(parse_presence(boast).has_value());
}

TEST_CASE("random presence bodies are read or refused", "[envelope]") {
    CHECK(rc::check([](const std::string& noise) {
        if (const auto update = parse_presence(noise)) RC_ASSERT(update->entries.size() * 30 <= noise.size());
    }));
}
