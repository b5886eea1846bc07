#include "tests/support/engine_run.h"

#include <cstdio>

#include "common/base/check.h"
#include "common/workload/plan.h"

namespace culvert::test {

agent::worker::RunSpec whole_run(const std::string& plan_yaml, std::vector<agent::worker::DataRows> data,
                                 const std::map<std::string, std::string>& environment) {
    auto plan = workload::parse_plan("test.yaml", plan_yaml);
    if (!plan) {
        for (const config::Problem& problem : plan.error()) std::fprintf(stderr, "%s\n", to_string(problem).c_str());
    }
    CULVERT_CHECK(plan.has_value());
    agent::worker::RunSpec spec;
    spec.run_id = "test";
    for (std::size_t i = 0; i < plan->scenarios.size(); ++i) spec.share.scenarios.push_back(workload::Seat{0, {1}});
    auto values = workload::resolve_variables(*plan, {}, [&environment](const std::string& name) {
        const auto found = environment.find(name);
        return found == environment.end() ? std::nullopt : std::optional(found->second);
    });
    CULVERT_CHECK(values.has_value());
    spec.variable_values = std::move(*values);
    spec.plan = std::make_shared<const workload::Plan>(std::move(*plan));
    spec.data = std::move(data);
    spec.seed = 7;
    return spec;
}

agent::charter::Charter open_charter() {
    agent::charter::Charter charter;
    charter.targets = {"*"};
    charter.engines = {"http"};
    return charter;
}

EngineRun::EngineRun(agent::worker::RunSpec spec, agent::worker::EngineOptions options,
                     const agent::charter::Charter& charter) {
    auto engine = agent::worker::Engine::prepare(std::move(spec), charter, std::move(options), *this);
    if (!engine) std::fprintf(stderr, "%s\n", engine.error().message.c_str());
    CULVERT_CHECK(engine.has_value());
    engine_ = std::move(*engine);
}

EngineRun::~EngineRun() {
    engine_.reset();
}

EngineRun& EngineRun::start() {
    started_ = SystemClock().steady_now();
    engine_->start(started_);
    return *this;
}

bool EngineRun::wait() {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::minutes(1), [this] { return finished_; });
}

void EngineRun::on_interval(metrics::Interval interval) {
    const std::lock_guard lock(mutex_);
    intervals.push_back(std::move(interval));
}

void EngineRun::on_error_example(metrics::ErrorExample example) {
    const std::lock_guard lock(mutex_);
    examples.push_back(std::move(example));
}

void EngineRun::on_exchange(metrics::Exchange exchange) {
    const std::lock_guard lock(mutex_);
    exchanges.push_back(std::move(exchange));
}

void EngineRun::on_abort(std::string reason) {
    const std::lock_guard lock(mutex_);
    aborts.push_back(std::move(reason));
}

void EngineRun::on_finished() {
    const std::lock_guard lock(mutex_);
    finished_ = true;
    changed_.notify_all();
}

metrics::ScenarioStats EngineRun::totals(std::size_t scenario) const {
    metrics::ScenarioStats totals;
    for (const metrics::Interval& interval : intervals) {
        if (scenario < interval.scenarios.size()) totals.merge(interval.scenarios[scenario]);
    }
    return totals;
}

metrics::Histogram EngineRun::lateness() const {
    metrics::Histogram lateness;
    for (const metrics::Interval& interval : intervals) lateness.merge(interval.lateness);
    return lateness;
}

}  // namespace culvert::test
