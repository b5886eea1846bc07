// The way of a run's messages to its controller, over one session after another. While an earlier session's rest is
// being delivered, what the run says waits, so that everything comes in order. Loop thread only.
#pragma once

#include <deque>

#include "agent/run/agent_run.h"
#include "agent/session/conversation.h"

namespace culvert::agent::session {

class RunLine final : public run::RunOutlet {
  public:
    explicit RunLine(Conversation& to) : to_(&to) {}

    void send(const protocol::AgentMessage& message) override {
        holds_ ? held_.push_back(message) : to_->send(message);
    }
    bool has_room() const override { return !holds_ && to_->has_room(); }

    // From now on to this conversation, after release().
    void hold(Conversation& to) {
        to_ = &to;
        holds_ = true;
    }
    void release() {
        holds_ = false;
        for (; !held_.empty(); held_.pop_front()) to_->send(held_.front());
    }

  private:
    Conversation* to_;
    bool holds_ = false;
    std::deque<protocol::AgentMessage> held_;  // control messages only: reports ask has_room() first
};

}  // namespace culvert::agent::session
