// What the controller process says to one agent and hears from it, over its session: messages whole and in order, clock
// probes, the present path. Loop thread only.
#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <string>

#include "common/base/clock.h"
#include "common/protocol/codec.h"
#include "controller/run/agent_port.h"
#include "tunnel/session/session.h"

namespace culvert::run {

class AgentConversation;

// Who listens to a conversation; a run, while it has the agent.
class ConversationListener {
  public:
    virtual ~ConversationListener() = default;
    virtual void on_message(AgentConversation& agent, protocol::AgentMessage message) = 0;
    virtual void on_connected(AgentConversation& agent) = 0;
    virtual void on_interrupted(AgentConversation& agent, const Error& why) = 0;
    virtual void on_gone(AgentConversation& agent, const Error& why) = 0;
    virtual void on_room(AgentConversation& agent) = 0;
};

class AgentConversation final : public AgentPort, public tunnel::session::SessionEvents {
  public:
    // `clock` outlives the conversation.
    AgentConversation(Address address, std::string name, const Clock& clock);

    // Opens the session; once.
    void open(tunnel::session::Endpoint& endpoint);
    // nullptr: nobody. The listener hears what comes from now on; an AgentHello that came before is in entry().
    void set_listener(ConversationListener* listener) { listener_ = listener; }
    void set_presence(const tunnel::link::Presence& presence);
    // Sends a clock probe, if the session is up.
    void probe_clock();
    void on_datagram(std::string_view datagram);
    // It was given another certificate, which it shows on its next channel.
    void note_renewed() { entry_.certificate.reset(); }
    void close(std::string_view reason);

    bool introduced() const { return introduced_; }  // its AgentHello came
    bool gone() const { return gone_; }
    // Why it is not connected, as far as that is known; else empty.
    std::string trouble() const;
    std::size_t clock_exchanges() const { return estimator_.exchanges(); }

    const roster::RosterEntry& entry() const override { return entry_; }
    void send(const protocol::ControllerMessage& message) override;
    bool has_room() const override {
        return session_ != nullptr && connected_ && outbox_.empty() && session_->unacknowledged() < kMostInFlight;
    }
    bool connected() const override { return connected_; }
    bool drained() const override {
        return outbox_.empty() && (session_ == nullptr || session_->unacknowledged() == 0);
    }

  private:
    static constexpr std::uint64_t kMostInFlight =
        16;  // messages of bulk; enough for a window of several MiB of chunks

    void on_message(tunnel::session::Session& session, std::string_view message) override;
    void on_open(tunnel::session::Session& session) override;
    void on_interrupted(tunnel::session::Session& session, const Error& why) override;
    void on_resumed(tunnel::session::Session& session) override;
    void on_writable(tunnel::session::Session& session) override;
    void on_lost(tunnel::session::Session& session, const Error& why) override;

    void take_hello(const protocol::AgentHello& hello);
    void flush();
    void note_certificate();
    void give_up(const Error& why);

    const Clock& clock_;
    roster::RosterEntry entry_;
    roster::ClockEstimator estimator_;
    tunnel::session::Session* session_ = nullptr;  // owned by the endpoint; not used after on_lost
    protocol::Assembler assembler_;
    std::deque<std::string> outbox_;  // pieces the session had no room for
    ConversationListener* listener_ = nullptr;
    bool connected_ = false, introduced_ = false, gone_ = false;
};

}  // namespace culvert::run
