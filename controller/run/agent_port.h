// One agent as a run sees it: where messages go, and what is known of the path and the clock. What the agent says comes
// to RunController::on_*.
#pragma once

#include <optional>
#include <string>

#include "common/protocol/messages.h"
#include "controller/roster/roster.h"

namespace culvert::run {

class AgentPort {
  public:
    virtual ~AgentPort() = default;
    virtual const roster::RosterEntry& entry() const = 0;  // with its present path and clock
    // Kept until the agent has it, through interruptions.
    virtual void send(const protocol::ControllerMessage& message) = 0;
    // Nothing of ours waits here: bulk may follow. on_room() comes when it is true again.
    virtual bool has_room() const = 0;
    virtual bool connected() const = 0;
    // Everything sent has arrived.
    virtual bool drained() const = 0;
};

}  // namespace culvert::run
