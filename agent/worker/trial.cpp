#include "agent/worker/trial.h"

#include <utility>

namespace culvert::agent::worker {
namespace {

// Each request ends by its own timeout long before; this ends a plan of very many of them.
constexpr Duration kLongestTrial = std::chrono::hours(1);

void leave_out_think_times(std::vector<workload::Step>& steps) {
    for (workload::Step& step : steps) {
        if (auto* const think = std::get_if<workload::ThinkStep>(&step)) *think = workload::ThinkStep{};
    }
}

}  // namespace

RunSpec trial_of(RunSpec spec) {
    workload::Iterations once;
    once.total = 1;
    once.users = 1;
    once.at_most = kLongestTrial;
    auto plan = std::make_shared<workload::Plan>(*spec.plan);
    plan->mix_load.clear();
    plan->warmup = Duration::zero();
    for (workload::Scenario& scenario : plan->scenarios) {
        scenario.load = {once};
        scenario.pace.reset();
        leave_out_think_times(scenario.once_per_user);
        leave_out_think_times(scenario.steps);
    }
    for (workload::Seat& seat : spec.share.scenarios) {
        if (!seat.weights.empty()) seat = workload::Seat{0, {1.0}};
    }
    spec.plan = std::move(plan);
    return spec;
}

}  // namespace culvert::agent::worker
