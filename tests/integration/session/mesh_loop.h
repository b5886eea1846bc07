// A controller and an agent of one mesh on one loop, with real links to a real relay and real channels between them.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/session/agent_service.h"
#include "agent/spool/spool.h"
#include "common/protocol/codec.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/test_relay.h"
#include "tests/unit/agent/run/fake_engine.h"
#include "tunnel/link/uplink_settings.h"
#include "tunnel/session/session.h"

namespace culvert::test {

inline tunnel::link::UplinkSettings uplink_settings(const TestRelay& relay, Role role) {
    tunnel::link::UplinkSettings settings;
    settings.relays = {relay.url()};
    settings.pins = {relay.web_pin()};
    settings.environment = [](const std::string&) { return std::nullopt; };
    settings.role = role;
    settings.instance = role == Role::Controller ? 77 : 0;
    return settings;
}

// One node: identity, trust, endpoint, uplink.
struct LoopNode {
    LoopNode(net::Loop& loop, const TestRelay& relay, Role role, const std::string& name,
             tunnel::session::Endpoint::Handlers handlers, tunnel::session::StoreMaker stores = {})
        : identity(relay.node(name, role)),
          trust(*crypto::MeshTrust::from_pem(relay.ca().certificate_pem(), "acme", loop.clock())) {
        endpoint =
            tunnel::session::Endpoint::create(loop, identity, trust, role, {}, std::move(handlers), std::move(stores));
        auto made = tunnel::link::make_uplink(loop, identity, trust, uplink_settings(relay, role), *endpoint);
        if (!made) FAIL(made.error().message);
        uplink = std::move(*made);
        endpoint->attach(*uplink);
        uplink->start();
    }
    ~LoopNode() {
        uplink->stop();
        endpoint.reset();
    }

    crypto::Identity identity;
    crypto::MeshTrust trust;
    std::unique_ptr<tunnel::link::Uplink> uplink;
    std::unique_ptr<tunnel::session::Endpoint> endpoint;
};

// The controller's end: writes down what the agent says, and sends files when asked.
struct LoopController final : tunnel::session::SessionEvents {
    LoopController(net::Loop& loop, const TestRelay& relay) {
        tunnel::session::Endpoint::Handlers handlers;
        handlers.on_presence = [this](const std::vector<tunnel::link::Presence>& changes, bool) {
            for (const auto& change : changes) {
                if (change.online && change.role == Role::Agent && session == nullptr)
                    session = &node->endpoint->open(change.address, change.name, *this);
            }
        };
        handlers.on_datagram = [this](tunnel::session::Session&, std::string_view bytes) {
            datagrams.push_back(protocol::decode_datagram(bytes).value());
        };
        node.emplace(loop, relay, Role::Controller, "ops", std::move(handlers));
    }

    void on_message(tunnel::session::Session&, std::string_view piece) override {
        const auto whole = assembler.feed(piece);
        REQUIRE(whole);
        if (!*whole) return;
        auto message = protocol::decode_agent_message(**whole);
        REQUIRE(message);
        if (const auto* needed = std::get_if<protocol::FileNeeded>(&*message)) send_file(*needed);
        heard.push_back(std::move(*message));
    }
    void on_open(tunnel::session::Session&) override {}
    void on_interrupted(tunnel::session::Session&, const Error&) override { ++interruptions; }
    void on_resumed(tunnel::session::Session&) override { ++resumptions; }
    void on_writable(tunnel::session::Session&) override { send_waiting(); }
    void on_lost(tunnel::session::Session&, const Error& why) override {
        session = nullptr;
        lost = why.message;
    }

    void say(const protocol::ControllerMessage& message) {
        const auto pieces = protocol::encode(message);
        REQUIRE(pieces);
        waiting.insert(waiting.end(), pieces->begin(), pieces->end());
        send_waiting();
    }
    template <class Message>
    std::vector<Message> all() const {
        std::vector<Message> found;
        for (const auto& message : heard) {
            if (const auto* one = std::get_if<Message>(&message)) found.push_back(*one);
        }
        return found;
    }

    std::string file;  // what FileNeeded asks for
    tunnel::session::Session* session = nullptr;
    std::vector<protocol::AgentMessage> heard;
    std::vector<protocol::Datagram> datagrams;
    int interruptions = 0, resumptions = 0;
    std::string lost;
    std::optional<LoopNode> node;

  private:
    void send_file(const protocol::FileNeeded& needed) {
        for (std::size_t at = static_cast<std::size_t>(needed.offset); at < file.size();
             at += protocol::kLargestChunk) {
            say(protocol::FileChunk{needed.sha256, at, file.substr(at, protocol::kLargestChunk)});
        }
    }
    void send_waiting() {
        std::size_t sent = 0;
        while (sent < waiting.size() && session->send(waiting[sent])) ++sent;
        waiting.erase(waiting.begin(), waiting.begin() + static_cast<std::ptrdiff_t>(sent));
    }

    protocol::Assembler assembler;
    std::vector<std::string> waiting;
};

// The agent's end, with an engine that the test speaks for and its spool on disk.
struct LoopAgent {
    LoopAgent(net::Loop& loop, const TestRelay& relay) {
        agent::session::AgentService::Setup setup{
            .scheduler = std::make_unique<tunnel::session::LoopScheduler>(loop),
            .post = [&loop](std::function<void()> task) { loop.post(std::move(task)); },
            .engines = engines.factory(),
            .charter = open_charter(),
            .engine_options = {},
            .files = std::move(*agent::run::FileStore::open(folder.file("files"))),
            .keep_running_for = std::chrono::minutes(2),
            .description = {},
            .spooled = {},
            .cpu_percent = {}};
        setup.description.name = "fra-1";
        service = std::make_unique<agent::session::AgentService>(std::move(setup));
        auto opened = agent::spool::Spool::open(folder.file("spool.sqlite"), Bytes{64 << 20});
        REQUIRE(opened);
        spool = std::move(*opened);
        tunnel::session::Endpoint::Handlers handlers;
        handlers.accept = [this](const Address& peer, const std::string& name) -> tunnel::session::SessionEvents& {
            return service->accept(peer, name);
        };
        handlers.on_datagram = [this](tunnel::session::Session& from, std::string_view bytes) {
            service->on_datagram(from, bytes);
        };
        node.emplace(loop, relay, Role::Agent, "fra-1", std::move(handlers),
                     [this](const Address& peer, const tunnel::session::SessionId&) {
                         return spool->make_store(peer, protocol::ends_message);
                     });
    }
    ~LoopAgent() {
        service->close_all("test over");
        node.reset();
    }

    TemporaryFolder folder;
    FakeEngines engines;
    std::unique_ptr<agent::spool::Spool> spool;
    std::unique_ptr<agent::session::AgentService> service;
    std::optional<LoopNode> node;
};

struct MeshLoop {
    MeshLoop() {
        agent.emplace(loop, relay);
        controller.emplace(loop, relay);
    }
    ~MeshLoop() {
        controller.reset();
        agent.reset();
    }

    // Runs the loop until it holds, or 10 s have passed.
    bool until(const std::function<bool()>& holds) {
        const SteadyTime deadline = loop.clock().steady_now() + std::chrono::seconds(10);
        bool held = false;
        const auto look = loop.every(std::chrono::milliseconds(1), [&] {
            held = holds();
            if (held || loop.clock().steady_now() > deadline) loop.stop();
        });
        loop.run();
        return held;
    }
    protocol::AgentInstant now() const {
        return {std::chrono::floor<std::chrono::microseconds>(loop.clock().steady_now().time_since_epoch())};
    }

    TestRelay relay;
    net::Loop loop;
    std::optional<LoopAgent> agent;
    std::optional<LoopController> controller;
};

}  // namespace culvert::test
