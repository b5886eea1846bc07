// Two ends of a channel and the wire between them, which a test can bend.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "tests/support/test_mesh_ca.h"
#include "tunnel/channel/channel.h"

namespace culvert::test {

struct ChannelEnd {
    std::unique_ptr<tunnel::channel::Channel> channel;
    std::deque<std::string> sent;  // pieces on their way to the other end
    std::string received;          // plaintext
    bool opened = false;
    std::optional<Error> closed;
    int times_closed = 0;

    tunnel::channel::ChannelEvents events() {
        tunnel::channel::ChannelEvents events;
        events.on_ciphertext = [this](std::string piece) { sent.push_back(std::move(piece)); };
        events.on_open = [this] { opened = true; };
        events.on_plaintext = [this](std::string_view plaintext) { received += plaintext; };
        events.on_closed = [this](const Error& why) {
            closed = why;
            ++times_closed;
        };
        return events;
    }
};

class ChannelPair {
  public:
    ChannelPair(const crypto::Identity& controller, const crypto::MeshTrust& controller_trust,
                const crypto::Identity& agent, const crypto::MeshTrust& agent_trust,
                std::optional<NodeId> called = std::nullopt) {
        client.channel = tunnel::channel::Channel::client(controller, controller_trust,
                                                          called.value_or(agent.member().id), client.events());
        server.channel = tunnel::channel::Channel::server(agent, agent_trust, server.events());
        server.channel->start();
        client.channel->start();
    }

    // Carries pieces both ways until the wire is silent.
    void run() {
        while (!client.sent.empty() || !server.sent.empty()) {
            carry(client, server);
            carry(server, client);
        }
    }
    static void carry(ChannelEnd& from, ChannelEnd& to) {
        while (!from.sent.empty()) {
            const std::string piece = std::move(from.sent.front());
            from.sent.pop_front();
            to.channel->feed(piece);
        }
    }

    ChannelEnd client, server;
};

// The nodes of MeshPair, which are there before their channel.
struct LaptopAndAgent {
    TestMeshCa mesh;
    crypto::Identity laptop = mesh.controller("laptop");
    crypto::Identity agent = mesh.agent("fra-1");
};

// A controller and an agent of one mesh, about to open a channel.
struct MeshPair : LaptopAndAgent, ChannelPair {
    MeshPair() : ChannelPair(laptop, mesh.trust, agent, mesh.trust) {}
};

}  // namespace culvert::test
