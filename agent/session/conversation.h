// One controller's session as the agent hears it: whole messages in, messages out in pieces, and what waits while the
// session's window is full.
#pragma once

#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "agent/run/agent_run.h"
#include "common/protocol/codec.h"
#include "tunnel/session/session.h"

namespace culvert::agent::session {

class Conversation;

class ConversationEvents {
  public:
    virtual ~ConversationEvents() = default;
    virtual void on_open(Conversation& conversation) = 0;
    virtual void on_message(Conversation& conversation, const protocol::ControllerMessage& message) = 0;
    virtual void on_interrupted(Conversation& conversation) = 0;
    virtual void on_resumed(Conversation& conversation) = 0;
    virtual void on_room(Conversation& conversation) = 0;
    virtual void on_over(Conversation& conversation,
                         const Error& why) = 0;  // last; destroy it later, not within this call
};

// Loop thread only.
class Conversation final : public tunnel::session::SessionEvents, public run::RunOutlet {
  public:
    // Pieces that may wait when the controller says something more: far above one message of the largest size.
    static constexpr std::size_t kMostWaiting = 1024;

    Conversation(Address peer, std::string peer_name, ConversationEvents& events);
    Conversation(const Conversation&) = delete;
    Conversation& operator=(const Conversation&) = delete;

    // RunOutlet. What does not fit into the session's window waits; after on_over it is dropped.
    void send(const protocol::AgentMessage& message) override;
    bool has_room() const override { return session_ != nullptr && waiting_.empty(); }

    // Ends the session; no events afterwards.
    void close(std::string_view reason);
    // Pieces that the session's window had no room for; they are not sent any more.
    std::deque<std::string> take_unsent() { return std::exchange(waiting_, {}); }

    // The run that this session is about: the last one its controller prepared or resumed here.
    const std::string& run() const { return run_; }
    void set_run(const std::string& run) { run_ = run; }

    const Address& peer() const { return peer_; }
    const std::string& peer_name() const { return peer_name_; }
    bool connected() const { return session_ != nullptr && session_->connected(); }
    // Nothing of ours is on its way any more.
    bool settled() const { return session_ == nullptr || (waiting_.empty() && session_->unacknowledged() == 0); }

  private:
    void on_message(tunnel::session::Session& session, std::string_view piece) override;
    void on_open(tunnel::session::Session& session) override;
    void on_interrupted(tunnel::session::Session& session, const Error& why) override;
    void on_resumed(tunnel::session::Session& session) override;
    void on_writable(tunnel::session::Session& session) override;
    void on_lost(tunnel::session::Session& session, const Error& why) override;
    void send_piece(std::string piece);
    void break_off(const Error& why);

    const Address peer_;
    const std::string peer_name_;
    ConversationEvents& events_;
    tunnel::session::Session* session_ = nullptr;  // until it is lost
    std::string run_;
    protocol::Assembler assembler_;
    std::deque<std::string>
        waiting_;  // pieces; control messages, and the rest of one report: has_room() holds back more
};

}  // namespace culvert::agent::session
