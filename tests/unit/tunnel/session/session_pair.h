// One controller and its agents over a fake relay in virtual time.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/support/fake_relay.h"
#include "tests/support/plain_channel.h"
#include "tests/support/virtual_time.h"
#include "tunnel/session/agent_endpoint.h"
#include "tunnel/session/controller_endpoint.h"

namespace culvert::test {

// Writes down what a session reports.
struct Diary final : tunnel::session::SessionEvents {
    void on_message(tunnel::session::Session& from, std::string_view message) override {
        session = &from;
        messages.emplace_back(message);
        if (on_each) on_each(from);
    }
    void on_open(tunnel::session::Session& opened) override {
        session = &opened;
        events.push_back("open");
    }
    void on_interrupted(tunnel::session::Session&, const Error&) override { events.push_back("interrupted"); }
    void on_resumed(tunnel::session::Session&) override { events.push_back("resumed"); }
    void on_writable(tunnel::session::Session&) override { events.push_back("writable"); }
    void on_lost(tunnel::session::Session&, const Error& why) override {
        session = nullptr;
        events.push_back("lost");
        lost_because = why.message;
    }
    std::size_t count(const std::string& event) const {
        return static_cast<std::size_t>(std::count(events.begin(), events.end(), event));
    }

    tunnel::session::Session* session = nullptr;
    std::vector<std::string> messages, events, datagrams;
    std::string lost_because;
    std::function<void(tunnel::session::Session&)> on_each;
};

inline NodeId node_id(std::uint8_t n) {
    NodeId id;
    id.bytes.fill(n);
    return id;
}

// One process with its endpoint and its link.
struct FakeNode {
    FakeNode(FakeRelay& relay, VirtualTime& time, Address self, Role role, const std::string& name,
             tunnel::session::SessionLimits limits, tunnel::session::StoreMaker stores = {},
             std::function<bool(std::string_view)> revocations_in_force = {},
             std::function<bool(std::string_view)> revoked = {}) {
        tunnel::session::EndpointParts parts;
        parts.scheduler = std::make_unique<VirtualScheduler>(time);
        parts.channels = PlainChannel::maker(self.node, name);
        parts.limits = limits;
        parts.self = self.node;
        parts.seed = self.node.bytes[0] + self.instance;
        parts.stores = std::move(stores);
        parts.revocations_in_force = std::move(revocations_in_force);
        parts.revoked = std::move(revoked);
        parts.handlers.accept = [this](const Address&, const std::string& peer) -> tunnel::session::SessionEvents& {
            accepted.push_back(peer);
            return diary;
        };
        parts.handlers.on_datagram = [this](tunnel::session::Session&, std::string_view datagram) {
            diary.datagrams.emplace_back(datagram);
        };
        if (role == Role::Controller) {
            endpoint = std::make_unique<tunnel::session::ControllerEndpoint>(std::move(parts));
        } else {
            endpoint = std::make_unique<tunnel::session::AgentEndpoint>(std::move(parts));
        }
        uplink = std::make_unique<FakeUplink>(relay, self, role, name, *endpoint);
        endpoint->attach(*uplink);
    }

    Diary diary;
    std::vector<std::string> accepted;
    std::unique_ptr<tunnel::session::Endpoint> endpoint;
    std::unique_ptr<FakeUplink> uplink;
};

struct SessionPair {
    explicit SessionPair(tunnel::session::SessionLimits session_limits = {}) : limits(session_limits) {
        agent = std::make_unique<FakeNode>(relay, time, agent_address, Role::Agent, "fra-1", limits);
        controller = std::make_unique<FakeNode>(relay, time, controller_address, Role::Controller, "ctl", limits);
    }
    ~SessionPair() {
        controller.reset();
        agent.reset();
    }

    // Both links up and the session open.
    tunnel::session::Session& open() {
        agent->uplink->up();
        controller->uplink->up();
        tunnel::session::Session& session = controller->endpoint->open(agent_address, "fra-1", controller->diary);
        settle();
        return session;
    }
    // Delivers what is under way and lets back-offs and acknowledgements happen.
    void settle(Duration by = std::chrono::seconds(1)) {
        for (Duration passed{}; passed < by; passed += std::chrono::milliseconds(10)) {
            relay.deliver();
            time.advance(std::chrono::milliseconds(10));
        }
        relay.deliver();
    }

    const Address agent_address{node_id(1), 0};
    const Address controller_address{node_id(2), 77};
    tunnel::session::SessionLimits limits;
    VirtualTime time;
    FakeRelay relay;
    std::unique_ptr<FakeNode> agent, controller;
};

}  // namespace culvert::test
