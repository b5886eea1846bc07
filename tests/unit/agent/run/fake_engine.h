// An engine that does what a test says, and plans that go with it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent/run/engine_factory.h"
#include "common/protocol/messages.h"

namespace culvert::test {

inline const std::string kSmallPlan = R"(culvert: 1
name: Small
scenarios:
  browse:
    load:
      - constant_rate: { rate: 10/s, for: 5s }
    steps:
      - get: "http://shop.test/"
)";

// All of the small plan for one agent, as a controller asks for it.
inline protocol::Prepare small_plan(const std::string& run = "run-1") {
    protocol::Prepare prepare;
    prepare.run = run;
    prepare.plan_file = "small.yaml";
    prepare.plan_text = kSmallPlan;
    prepare.share.scenarios = {{0, {1.0}}};
    return prepare;
}

inline const std::string kPlanWithData = R"(culvert: 1
name: WithData
data:
  customers: { csv: customers.csv }
scenarios:
  browse:
    load:
      - constant_rate: { rate: 10/s, for: 5s }
    steps:
      - get: "http://shop.test/${customers.id}"
)";

// Makes engines that only write down what was asked of them; the test speaks for them through `events`.
struct FakeEngines {
    agent::run::EngineFactory factory() {
        return [this](agent::worker::RunSpec run_spec, const agent::charter::Charter&,
                      agent::worker::EngineOptions options,
                      agent::worker::EngineEvents& engine_events) -> Result<std::unique_ptr<agent::worker::Engine>> {
            if (refuse_with) return fail(Code::Unauthorized, *refuse_with);
            spec = std::move(run_spec);
            trial = options.trial;
            events = &engine_events;
            ++alive;
            return std::make_unique<FakeEngine>(*this);
        };
    }

    // As the engine does at its end.
    void finish() { events->on_finished(); }
    // Interval for one second, with that many requests.
    static metrics::Interval interval(std::uint32_t second, std::uint64_t requests = 10) {
        metrics::StepStats step;
        step.requests = requests;
        step.latency.record_micros(1000 + second, requests);
        metrics::ScenarioStats scenario;
        scenario.offered = requests;
        scenario.users = second;
        scenario.steps.push_back(step);
        metrics::Interval interval;
        interval.second = second;
        interval.scenarios.push_back(scenario);
        return interval;
    }

    std::optional<std::string> refuse_with;
    std::optional<agent::worker::RunSpec> spec;
    agent::worker::EngineEvents* events = nullptr;
    bool trial = false;
    int alive = 0;
    std::optional<SteadyTime> started_at;
    std::vector<agent::worker::StopMode> stops;
    std::vector<std::pair<workload::Share, SteadyTime>> amendments;

  private:
    struct FakeEngine final : agent::worker::Engine {
        explicit FakeEngine(FakeEngines& owner) : engines(owner) {}
        ~FakeEngine() override { --engines.alive; }
        void start(SteadyTime at) override { engines.started_at = at; }
        void stop(agent::worker::StopMode mode) override { engines.stops.push_back(mode); }
        void amend(const workload::Share& share, SteadyTime at) override { engines.amendments.emplace_back(share, at); }
        FakeEngines& engines;
    };
};

inline agent::charter::Charter open_charter() {
    agent::charter::Charter charter;
    charter.targets = {"*:80"};
    charter.engines = {"http"};
    return charter;
}

}  // namespace culvert::test
