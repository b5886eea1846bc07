// One run of an agent: its engine, its clock and what it says, all in a test's hands.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <catch2/catch.hpp>

#include "agent/run/agent_run.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/virtual_time.h"
#include "tests/unit/agent/run/fake_engine.h"

namespace culvert::test {

// Keeps what the run says to its controller.
struct RecordingOutlet final : agent::run::RunOutlet {
    void send(const protocol::AgentMessage& message) override { sent.push_back(message); }
    bool has_room() const override { return room; }

    template <class Message>
    std::vector<Message> all() const {
        std::vector<Message> found;
        for (const auto& message : sent) {
            if (const auto* one = std::get_if<Message>(&message)) found.push_back(*one);
        }
        return found;
    }
    template <class Message>
    Message only() const {
        const auto found = all<Message>();
        REQUIRE(found.size() == 1);
        return found.front();
    }

    std::vector<protocol::AgentMessage> sent;
    bool room = true;
};

struct RunScene {
    explicit RunScene(protocol::Prepare to_prepare = small_plan()) : prepare(std::move(to_prepare)) {}

    agent::run::AgentRun& begin() {
        using agent::run::AgentRun;
        run = std::make_unique<AgentRun>(
            AgentRun::Setup{factory, charter, options, files, scheduler, outlet, std::chrono::minutes(2), [] {}},
            prepare);
        run->begin();
        return *run;
    }
    agent::run::AgentRun& running() {
        begin();
        run->on_start({"run-1", in(std::chrono::seconds(1))});
        time.advance(std::chrono::seconds(1));
        return *run;
    }
    protocol::AgentInstant in(Duration delay) const {
        return {std::chrono::duration_cast<std::chrono::microseconds>((time.now() + delay).time_since_epoch())};
    }

    TemporaryFolder folder;
    VirtualTime time;
    VirtualScheduler scheduler{time};
    FakeEngines engines;
    agent::run::EngineFactory factory = engines.factory();
    agent::charter::Charter charter = open_charter();
    agent::worker::EngineOptions options;
    agent::run::FileStore files = std::move(*agent::run::FileStore::open(folder.file("files")));
    RecordingOutlet outlet;
    protocol::Prepare prepare;
    std::unique_ptr<agent::run::AgentRun> run;
};

}  // namespace culvert::test
