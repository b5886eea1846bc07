#include "common/protocol/messages.h"

namespace culvert::protocol {

const char* to_string(AgentRunState state) {
    switch (state) {
        case AgentRunState::Idle:
            return "idle";
        case AgentRunState::FetchingFiles:
            return "fetching files";
        case AgentRunState::Ready:
            return "ready";
        case AgentRunState::Armed:
            return "armed";
        case AgentRunState::Running:
            return "running";
        case AgentRunState::Finishing:
            return "finishing";
        case AgentRunState::Finished:
            return "finished";
    }
    return "unknown";
}

const char* to_string(Outcome outcome) {
    switch (outcome) {
        case Outcome::Completed:
            return "completed";
        case Outcome::Stopped:
            return "stopped";
        case Outcome::CutOff:
            return "cut off";
        case Outcome::Aborted:
            return "aborted";
        case Outcome::Failed:
            return "failed";
    }
    return "unknown";
}

}  // namespace culvert::protocol
