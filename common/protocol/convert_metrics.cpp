#include "common/protocol/convert_metrics.h"

#include <cmath>

#include "common/protocol/messages.h"

namespace culvert::protocol {
namespace {

constexpr std::size_t kLongestHead = 8 << 10;
constexpr std::size_t kLongestBody = 16 << 10;

void phase_to_wire(const metrics::PhaseSums::Phase& phase, wire::Phase& out) {
    out.set_sum_micros(phase.sum_micros);
    out.set_count(phase.count);
}

metrics::PhaseSums::Phase phase_from_wire(const wire::Phase& phase) {
    return {phase.sum_micros(), phase.count()};
}

void step_to_wire(const metrics::StepStats& step, wire::StepStats& out) {
    out.set_requests(step.requests);
    out.set_failures(step.failures);
    out.set_interrupted(step.interrupted);
    out.set_bytes_sent(step.bytes_sent);
    out.set_bytes_received(step.bytes_received);
    for (const auto& [status, count] : step.status) (*out.mutable_status())[status] = count;
    for (std::size_t kind = 0; kind < step.errors.size(); ++kind) {
        if (step.errors[kind] != 0) (*out.mutable_errors())[static_cast<std::uint32_t>(kind)] = step.errors[kind];
    }
    out.set_latency(histogram_to_wire(step.latency));
    out.set_send_latency(histogram_to_wire(step.send_latency));
    if (step.phases == metrics::PhaseSums{}) return;
    phase_to_wire(step.phases.dns, *out.mutable_phases()->mutable_dns());
    phase_to_wire(step.phases.connect, *out.mutable_phases()->mutable_connect());
    phase_to_wire(step.phases.tls, *out.mutable_phases()->mutable_tls());
    phase_to_wire(step.phases.first_byte, *out.mutable_phases()->mutable_first_byte());
    phase_to_wire(step.phases.rest, *out.mutable_phases()->mutable_rest());
}

Status step_from_wire(const wire::StepStats& step, metrics::StepStats& out) {
    out.requests = step.requests();
    out.failures = step.failures();
    out.interrupted = step.interrupted();
    out.bytes_sent = step.bytes_sent();
    out.bytes_received = step.bytes_received();
    for (const auto& [status, count] : step.status()) {
        if (status >= static_cast<std::uint32_t>(kMostStatuses))
            return fail(Code::InvalidInput, "step: HTTP status " + std::to_string(status));
        out.status[static_cast<std::uint16_t>(status)] = count;
    }
    for (const auto& [kind, count] : step.errors()) {
        if (kind >= out.errors.size())
            return fail(Code::InvalidInput, "step: unknown kind of error " + std::to_string(kind));
        out.errors[kind] = count;
    }
    auto latency = histogram_from_wire(step.latency());
    if (!latency) return tl::unexpected(latency.error());
    auto send_latency = histogram_from_wire(step.send_latency());
    if (!send_latency) return tl::unexpected(send_latency.error());
    out.latency = std::move(*latency);
    out.send_latency = std::move(*send_latency);
    const wire::Phases& phases = step.phases();
    out.phases.dns = phase_from_wire(phases.dns());
    out.phases.connect = phase_from_wire(phases.connect());
    out.phases.tls = phase_from_wire(phases.tls());
    out.phases.first_byte = phase_from_wire(phases.first_byte());
    out.phases.rest = phase_from_wire(phases.rest());
    return {};
}

Result<metrics::ScenarioStats> scenario_from_wire(const wire::ScenarioStats& scenario) {
    if (scenario.step_count() > kMostSteps)
        return fail(Code::InvalidInput, "scenario: more than " + std::to_string(kMostSteps) + " steps");
    metrics::ScenarioStats out;
    out.planned = scenario.planned();
    out.offered = scenario.offered();
    out.delivered = scenario.delivered();
    out.interrupted = scenario.interrupted();
    out.missed = scenario.missed();
    out.carried = scenario.carried();
    out.users = scenario.users();
    out.in_flight = scenario.in_flight();
    out.steps.resize(scenario.step_count());
    std::int64_t previous = -1;
    for (const wire::StepStats& step : scenario.steps()) {
        if (step.step() >= scenario.step_count() || static_cast<std::int64_t>(step.step()) <= previous) {
            return fail(Code::InvalidInput,
                        "scenario: step " + std::to_string(step.step()) + " is out of order or unknown");
        }
        previous = step.step();
        if (const auto status = step_from_wire(step, out.steps[step.step()]); !status)
            return tl::unexpected(status.error());
    }
    return out;
}

}  // namespace

std::string histogram_to_wire(const metrics::Histogram& histogram) {
    return histogram.empty() ? std::string() : histogram.encode();
}

Result<metrics::Histogram> histogram_from_wire(const std::string& encoded) {
    if (encoded.empty()) return metrics::Histogram{};
    return metrics::Histogram::decode(encoded);
}

void to_wire(const metrics::ScenarioStats& stats, wire::ScenarioStats& out) {
    out.set_planned(stats.planned);
    out.set_offered(stats.offered);
    out.set_delivered(stats.delivered);
    out.set_interrupted(stats.interrupted);
    out.set_missed(stats.missed);
    out.set_carried(stats.carried);
    out.set_users(stats.users);
    out.set_in_flight(stats.in_flight);
    out.set_step_count(static_cast<std::uint32_t>(stats.steps.size()));
    for (std::size_t i = 0; i < stats.steps.size(); ++i) {
        if (stats.steps[i] == metrics::StepStats{}) continue;
        wire::StepStats& step = *out.add_steps();
        step.set_step(static_cast<std::uint32_t>(i));
        step_to_wire(stats.steps[i], step);
    }
}

Result<std::vector<metrics::ScenarioStats>> scenarios_from_wire(
    const google::protobuf::RepeatedPtrField<wire::ScenarioStats>& scenarios) {
    if (scenarios.size() > kMostScenarios)
        return fail(Code::InvalidInput, "more than " + std::to_string(kMostScenarios) + " scenarios");
    std::vector<metrics::ScenarioStats> out;
    out.reserve(static_cast<std::size_t>(scenarios.size()));
    for (const wire::ScenarioStats& scenario : scenarios) {
        auto one = scenario_from_wire(scenario);
        if (!one) return tl::unexpected(one.error());
        out.push_back(std::move(*one));
    }
    return out;
}

void to_wire(const metrics::Interval& interval, wire::Interval& out) {
    out.set_number(interval.number);
    out.set_second(interval.second);
    out.set_folded(interval.folded);
    out.set_warmup(interval.warmup);
    for (const auto& scenario : interval.scenarios) to_wire(scenario, *out.add_scenarios());
    out.set_lateness(histogram_to_wire(interval.lateness));
    out.set_cpu_percent(interval.cpu_percent);
    out.set_open_sockets(interval.open_sockets);
}

Result<metrics::Interval> from_wire(const wire::Interval& interval) {
    metrics::Interval out;
    out.number = interval.number();
    out.second = interval.second();
    out.folded = interval.folded();
    out.warmup = interval.warmup();
    if (out.number == 0) return fail(Code::InvalidInput, "interval without a number");
    if (!std::isfinite(interval.cpu_percent()))
        return fail(Code::InvalidInput, "interval: cpu_percent is not a number");
    auto scenarios = scenarios_from_wire(interval.scenarios());
    if (!scenarios) return fail(scenarios.error(), "interval " + std::to_string(out.number));
    auto lateness = histogram_from_wire(interval.lateness());
    if (!lateness) return fail(lateness.error(), "interval " + std::to_string(out.number) + ": lateness");
    out.scenarios = std::move(*scenarios);
    out.lateness = std::move(*lateness);
    out.cpu_percent = interval.cpu_percent();
    out.open_sockets = interval.open_sockets();
    return out;
}

void to_wire(const metrics::ErrorExample& example, wire::ErrorExample& out) {
    out.set_kind(static_cast<std::uint32_t>(example.kind));
    out.set_scenario(example.scenario);
    out.set_step(example.step);
    out.set_second(example.second);
    out.set_what(example.what.substr(0, kLongestText));
    out.set_request_head(example.request_head.substr(0, kLongestHead));
    out.set_response_head(example.response_head.substr(0, kLongestHead));
    out.set_body(example.body.substr(0, kLongestBody));
    out.set_local_address(example.local_address.substr(0, kLongestText));
    out.set_remote_address(example.remote_address.substr(0, kLongestText));
    out.set_latency_micros(example.latency_micros);
    out.set_phase(example.phase.substr(0, kLongestText));
}

Result<metrics::ErrorExample> from_wire(const wire::ErrorExample& example) {
    if (example.kind() >= metrics::kErrorKinds)
        return fail(Code::InvalidInput, "error example: unknown kind " + std::to_string(example.kind()));
    if (example.what().size() > kLongestText || example.request_head().size() > kLongestHead ||
        example.response_head().size() > kLongestHead || example.body().size() > kLongestBody ||
        example.local_address().size() > kLongestText || example.remote_address().size() > kLongestText ||
        example.phase().size() > kLongestText) {
        return fail(Code::InvalidInput, "error example: longer than allowed");
    }
    metrics::ErrorExample out;
    out.kind = static_cast<metrics::ErrorKind>(example.kind());
    out.scenario = example.scenario();
    out.step = example.step();
    out.second = example.second();
    out.what = example.what();
    out.request_head = example.request_head();
    out.response_head = example.response_head();
    out.body = example.body();
    out.local_address = example.local_address();
    out.remote_address = example.remote_address();
    out.latency_micros = example.latency_micros();
    out.phase = example.phase();
    return out;
}

}  // namespace culvert::protocol
