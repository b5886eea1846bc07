// A switchboard with a mesh of four around it: two agents, two controllers.
#pragma once

#include <map>
#include <string>

#include "tests/unit/tunnel/relay/fakes.h"

namespace culvert::tunnel::relay {

using envelope::Kind;

struct Mesh {
    explicit Mesh(RelayLimits its_limits = {}) : limits(its_limits) {
        switchboard.attach(transport);
        add("fra-1", Role::Agent, 1);
        add("fra-2", Role::Agent, 2);
        add("laptop", Role::Controller, 3);
        add("ci", Role::Controller, 4);
    }

    void add(const std::string& name, Role role, std::uint8_t number) {
        crypto::Member member;
        member.mesh = "acme";
        member.name = name;
        member.role = role;
        member.id.bytes[0] = number;
        member.serial = "5e" + std::to_string(number);
        member.not_after = clock.wall_now() + std::chrono::hours(24);
        trust.members[name] = member;
    }

    void tell(LinkId link, Kind kind, std::string body = {}, Address from = {}, Address to = {}) {
        std::string message;
        envelope::append_to(message, {kind, from, to, std::move(body)});
        switchboard.on_message(link, message);
    }

    // A connection that has read its challenge.
    LinkId connect() {
        const LinkId link = ++last_link;
        switchboard.on_link(link, "192.0.2.1", Carrier::WebSocket);
        const auto received = transport.receive(link);
        REQUIRE(received.size() == 1);
        REQUIRE(received[0].kind == Kind::Challenge);
        challenges[link] = *envelope::parse_challenge(received[0].body);
        return link;
    }

    envelope::Hello hello(LinkId link, const std::string& name, std::uint64_t instance, bool enrols) {
        const Role role = trust.members.contains(name) ? trust.members[name].role : Role::Agent;
        envelope::Hello made{name, {}, role, instance, enrols, "test"};
        made.signature = envelope::signed_text(challenges[link], role, instance);
        return made;
    }

    // An admitted link that has read everything it was told so far.
    LinkId admit(const std::string& name, std::uint64_t instance = 0, bool enrols = false) {
        const LinkId link = connect();
        tell(link, Kind::Hello, encode(hello(link, name, instance, enrols)));
        const auto received = transport.receive(link);
        REQUIRE(!received.empty());
        REQUIRE(received[0].kind == Kind::Admitted);
        switchboard.flush_presence();
        for (LinkId other = 1; other <= last_link; ++other) transport.receive(other);
        return link;
    }

    envelope::Refusal refusal(LinkId link, Kind kind) {
        const auto received = transport.receive(link);
        REQUIRE(!received.empty());
        REQUIRE(received.back().kind == kind);
        CHECK(transport.closed.contains(link));
        return *envelope::parse_refusal(received.back().body);
    }

    Address address(const std::string& name, std::uint64_t instance = 0) { return {trust.members[name].id, instance}; }

    RelayLimits limits;
    SetClock clock;
    FakeTrust trust;
    Admission admission{trust, "acme", "wss://relay.test/mesh", clock};
    int presence_planned = 0;
    Switchboard switchboard{limits, admission, trust, clock, [this] { ++presence_planned; }};
    FakeTransport transport{switchboard};
    std::map<LinkId, envelope::Challenge> challenges;
    LinkId last_link = 0;
};

}  // namespace culvert::tunnel::relay
