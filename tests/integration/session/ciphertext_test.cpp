// What a relay could see, if it looked.
#include <catch2/catch.hpp>

#include "tests/support/fake_relay.h"
#include "tests/support/test_mesh_ca.h"
#include "tests/support/virtual_time.h"
#include "tunnel/session/agent_endpoint.h"
#include "tunnel/session/controller_endpoint.h"

using namespace culvert;
using namespace culvert::test;

namespace {

struct Listener final : tunnel::session::SessionEvents {
    void on_message(tunnel::session::Session&, std::string_view message) override { messages.emplace_back(message); }
    void on_open(tunnel::session::Session& opened) override { session = &opened; }
    void on_interrupted(tunnel::session::Session&, const Error&) override {}
    void on_resumed(tunnel::session::Session&) override {}
    void on_writable(tunnel::session::Session&) override {}
    void on_lost(tunnel::session::Session&, const Error&) override {}
    tunnel::session::Session* session = nullptr;
    std::vector<std::string> messages;
};

template <class EndpointKind>
struct TlsNode {
    TlsNode(TestMeshCa& mesh, VirtualTime& time, FakeRelay& relay, Role role, const std::string& name,
            std::uint64_t instance)
        : identity(mesh.node(name, role)) {
        tunnel::session::EndpointParts parts;
        parts.scheduler = std::make_unique<VirtualScheduler>(time);
        parts.channels.client = [this, &mesh](NodeId peer, tunnel::channel::ChannelEvents events) {
            return tunnel::channel::Channel::client(identity, mesh.trust, peer, std::move(events));
        };
        parts.channels.server = [this, &mesh](tunnel::channel::ChannelEvents events) {
            return tunnel::channel::Channel::server(identity, mesh.trust, std::move(events));
        };
        parts.self = identity.member().id;
        parts.handlers.accept = [this](const Address&, const std::string&) -> tunnel::session::SessionEvents& {
            return listener;
        };
        endpoint = std::make_unique<EndpointKind>(std::move(parts));
        uplink = std::make_unique<FakeUplink>(relay, Address{identity.member().id, instance}, role, name, *endpoint);
        endpoint->attach(*uplink);
        uplink->up();
    }

    crypto::Identity identity;
    Listener listener;
    std::unique_ptr<EndpointKind> endpoint;
    std::unique_ptr<FakeUplink> uplink;
};

}  // namespace

TEST_CASE("a relay sees neither what controllers say nor what agents answer", "[session]") {
    TestMeshCa mesh;
    VirtualTime time;
    FakeRelay relay;
    TlsNode<tunnel::session::AgentEndpoint> agent(mesh, time, relay, Role::Agent, "fra-1", 0);
    TlsNode<tunnel::session::ControllerEndpoint> controller(mesh, time, relay, Role::Controller, "ops", 9);
    auto& session = controller.endpoint->open(agent.uplink->self, "fra-1", controller.listener);
    const auto settle = [&] {
        for (int i = 0; i < 100; ++i, relay.deliver()) time.advance(std::chrono::milliseconds(10));
    };
    settle();
    REQUIRE(session.connected());
    const std::string secret = "marker of the plan 4711", result = "marker of the results 0815";
    REQUIRE(session.send(secret));
    REQUIRE(agent.listener.session->send(result));
    settle();
    CHECK(agent.listener.messages == std::vector<std::string>{secret});
    CHECK(controller.listener.messages == std::vector<std::string>{result});
    CHECK(relay.seen().size() > 1000);
    CHECK(relay.seen().find("marker") == std::string::npos);
}

TEST_CASE("a relay that changes one byte ends the channel, not the session", "[session]") {
    TestMeshCa mesh;
    VirtualTime time;
    FakeRelay relay;
    TlsNode<tunnel::session::AgentEndpoint> agent(mesh, time, relay, Role::Agent, "fra-1", 0);
    TlsNode<tunnel::session::ControllerEndpoint> controller(mesh, time, relay, Role::Controller, "ops", 9);
    auto& session = controller.endpoint->open(agent.uplink->self, "fra-1", controller.listener);
    const auto settle = [&] {
        for (int i = 0; i < 300; ++i, relay.deliver()) time.advance(std::chrono::milliseconds(10));
    };
    settle();
    for (int i = 0; i < 5; ++i) {
        REQUIRE(session.send("message " + std::to_string(i)));
        relay.alter(0);
        settle();
    }
    CHECK(agent.listener.messages ==
          std::vector<std::string>{"message 0", "message 1", "message 2", "message 3", "message 4"});
}
