// Everything one worker thread records of a run. Owned by that thread; take() gives a second to the reporter.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "agent/recorder/step_recorder.h"
#include "common/base/clock.h"
#include "common/metrics/histogram_recorder.h"
#include "common/metrics/interval.h"

namespace culvert::agent::recorder {

// The first iteration of a run.
struct FirstStart {
    SteadyTime due{};
    Duration lateness{};
};

// One second of one worker thread.
struct WorkerSecond {
    std::uint32_t second = 0;                 // since the start of the run
    std::optional<FirstStart> first_start{};  // if the worker's first iteration began in it
    std::vector<metrics::ScenarioStats> scenarios;
    metrics::Histogram lateness;
    double cpu_percent = 0;
    std::uint32_t open_sockets = 0;

    // Nothing was counted in it.
    bool idle() const;
    // Adds what came later; this keeps its own second.
    void fold(WorkerSecond&& later);
};

// Counters of one scenario since the last take(), and its gauges.
struct ScenarioCounters {
    std::uint64_t planned = 0, offered = 0, delivered = 0, interrupted = 0, missed = 0, carried = 0;
    std::uint64_t users = 0, in_flight = 0;  // gauges
};

class WorkerRecorder {
  public:
    // `requests`: number of request steps of each scenario.
    explicit WorkerRecorder(const std::vector<std::size_t>& requests);

    ScenarioCounters& scenario(std::size_t scenario) { return scenarios_[scenario].counters; }
    StepRecorder& step(std::size_t scenario, std::size_t step) { return *scenarios_[scenario].steps[step]; }
    // An iteration began `now`.
    void record_start(SteadyTime due, SteadyTime now) {
        lateness_.record(now - due);
        if (!first_start_) first_start_ = FirstStart{due, now - due};
    }

    WorkerSecond take(std::uint32_t second);

  private:
    struct Scenario {
        ScenarioCounters counters;
        std::vector<std::unique_ptr<StepRecorder>> steps;
    };
    std::vector<Scenario> scenarios_;
    metrics::HistogramRecorder lateness_;
    std::optional<FirstStart> first_start_;
    bool first_start_told_ = false;
};

}  // namespace culvert::agent::recorder
