// Runs a plan on the load engine alone, without tunnel and controller, and keeps everything it reports.
#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "agent/worker/engine.h"

namespace culvert::test {

// A single agent's whole share of the plan. Plans with mistakes stop the test program with their text.
agent::worker::RunSpec whole_run(const std::string& plan_yaml, std::vector<agent::worker::DataRows> data = {},
                                 const std::map<std::string, std::string>& environment = {});
// Everything is allowed.
agent::charter::Charter open_charter();

class EngineRun final : public agent::worker::EngineEvents {
  public:
    EngineRun(agent::worker::RunSpec spec, agent::worker::EngineOptions options,
              const agent::charter::Charter& charter = open_charter());
    ~EngineRun() override;

    // Starts now.
    EngineRun& start();
    // Waits for the end. False: not over after a minute.
    bool wait();
    agent::worker::Engine& engine() { return *engine_; }
    SteadyTime started() const { return started_; }

    void on_interval(metrics::Interval interval) override;
    void on_error_example(metrics::ErrorExample example) override;
    void on_exchange(metrics::Exchange exchange) override;
    void on_abort(std::string reason) override;
    void on_finished() override;

    // After wait().
    metrics::ScenarioStats totals(std::size_t scenario = 0) const;
    const metrics::StepStats step(std::size_t step = 0, std::size_t scenario = 0) const {
        return totals(scenario).steps.at(step);
    }
    metrics::Histogram lateness() const;
    std::vector<metrics::Interval> intervals;
    std::vector<metrics::ErrorExample> examples;
    std::vector<metrics::Exchange> exchanges;
    std::vector<std::string> aborts;

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool finished_ = false;
    SteadyTime started_{};
    std::unique_ptr<agent::worker::Engine> engine_;
};

}  // namespace culvert::test
