#include "controller/results/run_result.h"

namespace culvert::results {

const char* to_string(RunState state) {
    switch (state) {
        case RunState::Preparing:
            return "preparing";
        case RunState::Ready:
            return "ready";
        case RunState::Running:
            return "running";
        case RunState::Finishing:
            return "finishing";
        case RunState::Finished:
            return "finished";
        case RunState::Stopped:
            return "stopped";
        case RunState::Aborted:
            return "aborted";
        case RunState::Failed:
            return "failed";
    }
    return "unknown";
}

bool is_over(RunState state) {
    return state == RunState::Finished || state == RunState::Stopped || state == RunState::Aborted ||
           state == RunState::Failed;
}

bool can_go(RunState from, RunState to) {
    switch (from) {
        case RunState::Preparing:
            return to == RunState::Ready || to == RunState::Stopped || to == RunState::Failed;
        case RunState::Ready:
            return to == RunState::Running || to == RunState::Stopped || to == RunState::Failed;
        case RunState::Running:
            return to == RunState::Finishing || to == RunState::Failed;
        case RunState::Finishing:
            return is_over(to);
        case RunState::Finished:
        case RunState::Stopped:
        case RunState::Aborted:
        case RunState::Failed:
            return false;
    }
    return false;
}

const char* to_string(Verdict verdict) {
    switch (verdict) {
        case Verdict::None:
            return "NONE";
        case Verdict::Pass:
            return "PASS";
        case Verdict::Fail:
            return "FAIL";
    }
    return "NONE";
}

const char* to_string(ThresholdState state) {
    switch (state) {
        case ThresholdState::Pass:
            return "pass";
        case ThresholdState::Fail:
            return "fail";
        case ThresholdState::NoData:
            return "no_data";
    }
    return "no_data";
}

const char* to_string(AgentState state) {
    switch (state) {
        case AgentState::Preparing:
            return "preparing";
        case AgentState::Ready:
            return "ready";
        case AgentState::Running:
            return "running";
        case AgentState::Interrupted:
            return "interrupted";
        case AgentState::Finished:
            return "finished";
        case AgentState::Lost:
            return "lost";
        case AgentState::Refused:
            return "refused";
    }
    return "unknown";
}

}  // namespace culvert::results
