#include "agent/recorder/worker_recorder.h"

#include <algorithm>
#include <utility>

namespace culvert::agent::recorder {

WorkerRecorder::WorkerRecorder(const std::vector<std::size_t>& requests) {
    for (const std::size_t count : requests) {
        Scenario& scenario = scenarios_.emplace_back();
        for (std::size_t i = 0; i < count; ++i) scenario.steps.push_back(std::make_unique<StepRecorder>());
    }
}

WorkerSecond WorkerRecorder::take(std::uint32_t second) {
    WorkerSecond taken;
    taken.second = second;
    if (first_start_ && !std::exchange(first_start_told_, true)) taken.first_start = first_start_;
    taken.scenarios.reserve(scenarios_.size());
    for (Scenario& scenario : scenarios_) {
        metrics::ScenarioStats& stats = taken.scenarios.emplace_back();
        ScenarioCounters& counters = scenario.counters;
        stats.planned = std::exchange(counters.planned, 0);
        stats.offered = std::exchange(counters.offered, 0);
        stats.delivered = std::exchange(counters.delivered, 0);
        stats.interrupted = std::exchange(counters.interrupted, 0);
        stats.missed = std::exchange(counters.missed, 0);
        stats.carried = std::exchange(counters.carried, 0);
        stats.users = counters.users;
        stats.in_flight = counters.in_flight;
        stats.steps.reserve(scenario.steps.size());
        for (const auto& step : scenario.steps) stats.steps.push_back(step->take());
    }
    taken.lateness = lateness_.take();
    return taken;
}

bool WorkerSecond::idle() const {
    return lateness.empty() && std::all_of(scenarios.begin(), scenarios.end(), [](const metrics::ScenarioStats& stats) {
               return stats.planned == 0 && stats.offered == 0 && stats.delivered == 0 && stats.interrupted == 0 &&
                      stats.missed == 0 && stats.carried == 0 &&
                      std::all_of(stats.steps.begin(), stats.steps.end(),
                                  [](const metrics::StepStats& step) { return step.idle(); });
           });
}

void WorkerSecond::fold(WorkerSecond&& later) {
    for (std::size_t i = 0; i < scenarios.size() && i < later.scenarios.size(); ++i) {
        const std::uint64_t users = later.scenarios[i].users, in_flight = later.scenarios[i].in_flight;
        scenarios[i].merge(later.scenarios[i]);
        scenarios[i].users = users;
        scenarios[i].in_flight = in_flight;
    }
    if (!first_start) first_start = later.first_start;
    lateness.merge(later.lateness);
    cpu_percent = std::max(cpu_percent, later.cpu_percent);
    open_sockets = later.open_sockets;
}

}  // namespace culvert::agent::recorder
