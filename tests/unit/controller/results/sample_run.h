// Plans and intervals for tests of merging.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>

#include "common/metrics/interval.h"
#include "common/workload/plan.h"
#include "controller/results/run_result.h"

namespace culvert::results {

// A plan of an open scenario "browse" (10/s for 60 s; steps "list" and "cart") and a closed one "trickle" (2 users;
// step "health"); `more` is appended.
inline std::shared_ptr<const workload::Plan> sample_plan(const std::string& more = "") {
    const std::string text =
        "culvert: 1\nname: Sample\nscenarios:\n"
        "  browse:\n    agents: { region: eu }\n    load: [ constant_rate: { rate: 10/s, for: 60s } ]\n    steps:\n"
        "      - get: \"http://t.test/list\"\n        name: list\n      - get: \"http://t.test/cart\"\n        name: "
        "cart\n"
        "  trickle:\n    load: [ constant_users: { users: 2, for: 60s } ]\n    steps:\n      - get: "
        "\"http://t.test/health\"\n        name: health\n" +
        more;
    auto plan = workload::parse_plan("plan.yaml", text);
    if (!plan) throw std::runtime_error(config::to_string(plan.error().front()));
    return std::make_shared<const workload::Plan>(std::move(*plan));
}

struct StepSpec {
    std::uint64_t requests = 0, failures = 0;
    std::uint64_t latency_ms = 10;
};

inline metrics::StepStats step_stats(StepSpec spec) {
    metrics::StepStats step;
    step.requests = spec.requests;
    step.failures = spec.failures;
    step.bytes_sent = spec.requests * 100;
    step.bytes_received = spec.requests * 1000;
    if (spec.requests > spec.failures) step.status[200] = spec.requests - spec.failures;
    if (spec.failures > 0) step.status[500] = spec.failures;
    step.errors[static_cast<std::size_t>(metrics::ErrorKind::Status)] = spec.failures;
    step.latency.record_micros(spec.latency_ms * 1000, spec.requests);
    step.send_latency.record_micros(spec.latency_ms * 1000, spec.requests);
    return step;
}

// One second of one agent for sample_plan().
inline metrics::Interval interval(std::uint64_t number, std::uint32_t second, StepSpec list, StepSpec cart = {},
                                  StepSpec health = {}) {
    metrics::Interval interval;
    interval.number = number;
    interval.second = second;
    interval.scenarios.resize(2);
    interval.scenarios[0].planned = interval.scenarios[0].offered = interval.scenarios[0].delivered = list.requests;
    interval.scenarios[0].users = 3;
    interval.scenarios[0].in_flight = 1;
    interval.scenarios[0].steps = {step_stats(list), step_stats(cart)};
    interval.scenarios[1].planned = interval.scenarios[1].offered = interval.scenarios[1].delivered = health.requests;
    interval.scenarios[1].users = 2;
    interval.scenarios[1].steps = {step_stats(health)};
    interval.lateness.record_micros(50, list.requests + health.requests);
    interval.cpu_percent = 20;
    return interval;
}

}  // namespace culvert::results
