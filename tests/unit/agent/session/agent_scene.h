// An agent's service at a relay in memory, and controllers that write down what it tells them.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "agent/session/agent_service.h"
#include "tests/support/fake_relay.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/virtual_time.h"
#include "tests/unit/agent/run/fake_engine.h"

namespace culvert::test {

// Has a session with the agent once the scene has settled.
struct RecordingController final : tunnel::session::SessionEvents {
    // `instance` 0: n.
    RecordingController(VirtualTime& time, FakeRelay& relay, std::uint8_t n, std::uint64_t instance = 0);

    void on_message(tunnel::session::Session&, std::string_view piece) override;
    void on_open(tunnel::session::Session&) override {}
    void on_interrupted(tunnel::session::Session&, const Error&) override {}
    void on_resumed(tunnel::session::Session&) override {}
    void on_writable(tunnel::session::Session&) override {}
    void on_lost(tunnel::session::Session&, const Error& why) override;

    void say(const protocol::ControllerMessage& message);
    template <class Message>
    std::vector<Message> all() const {
        std::vector<Message> found;
        for (const protocol::AgentMessage& message : heard) {
            if (const auto* one = std::get_if<Message>(&message)) found.push_back(*one);
        }
        return found;
    }
    // Of the intervals that it got, in the order of their arrival.
    std::vector<std::uint64_t> numbers() const;

    std::unique_ptr<tunnel::session::Endpoint> endpoint;
    std::unique_ptr<FakeUplink> uplink;
    tunnel::session::Session* session = nullptr;
    protocol::Assembler assembler;
    std::vector<protocol::AgentMessage> heard;
    std::vector<protocol::Datagram> datagrams;
    std::string lost;
};

// One agent, "fra-1", whose link is up.
struct AgentScene {
    // `spool_file` empty: one of its own.
    explicit AgentScene(const std::string& spool_file = "");
    ~AgentScene();

    void settle(Duration by = std::chrono::seconds(1));
    protocol::AgentInstant now() const;

    // Opens the controller's session; its run "run-1" is under way afterwards.
    void run_for(RecordingController& controller);
    // A run under way whose controller has its first two intervals, and then hears nothing any more.
    void run_without_controller(std::uint32_t intervals);

    TemporaryFolder folder;
    VirtualTime time;
    FakeRelay relay;
    FakeEngines engines;
    std::vector<std::function<void()>> posted;
    std::unique_ptr<agent::spool::Spool> spool;
    std::unique_ptr<agent::session::AgentService> service;
    std::unique_ptr<tunnel::session::Endpoint> endpoint;
    std::unique_ptr<FakeUplink> uplink;
};

}  // namespace culvert::test
