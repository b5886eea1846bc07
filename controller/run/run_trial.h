// What `culvert try` calls. Blocks, with a loop of its own on the calling thread, until the trial is over.
#pragma once

#include <memory>

#include "common/config/node_config.h"
#include "common/workload/plan.h"
#include "controller/run/trial_session.h"

namespace culvert::run {

struct TrialRequest {
    std::shared_ptr<const workload::Plan> plan;
    workload::Inputs inputs;            // --set
    workload::Environment environment;  // empty: that of the process
    TrialWish wish;
    Duration reach_relay = GatherGoal{}.reach_relay;
    Duration wait_at_most{};  // until an agent that may be meant is ready; 0: whoever is there now
    WaitingLine on_waiting{};
    bool catch_signals = true;                                 // SIGINT, SIGTERM: as TrialController::interrupt
    std::function<void(const TrialChoice& choice)> on_chosen;  // before anything is sent to the agent
};

// `observer` is called on this thread.
tl::expected<TrialEnd, NotStarted> run_trial(const config::ControllerConfig& config, TrialRequest request,
                                             TrialObserver& observer);

}  // namespace culvert::run
