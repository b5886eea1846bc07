#include "controller/results/second_row.h"

#include <algorithm>
#include <utility>

namespace culvert::results {
namespace {

void raise(std::vector<SecondRow::Gauges>& into, std::size_t scenario, SecondRow::Gauges value) {
    if (into.size() <= scenario) into.resize(scenario + 1);
    into[scenario].users = std::max(into[scenario].users, value.users);
    into[scenario].in_flight = std::max(into[scenario].in_flight, value.in_flight);
}

}  // namespace

void SecondRow::add_counters(std::uint32_t agent, const metrics::Interval& interval, metrics::Histogram latency) {
    warmup = warmup && interval.warmup;
    if (scenarios.size() < interval.scenarios.size()) scenarios.resize(interval.scenarios.size());
    AgentCell& cell = agents[agent];
    if (cell.latency.empty()) {
        cell.latency = std::move(latency);
    } else {
        cell.latency.merge(latency);
    }
    for (std::size_t i = 0; i < interval.scenarios.size(); ++i) {
        const metrics::ScenarioStats& from = interval.scenarios[i];
        scenarios[i].merge_counters(from);
        raise(cell.gauges, i, {from.users, from.in_flight});
        for (const metrics::StepStats& step : from.steps) cell.requests += step.requests;
    }
}

void SecondRow::merge(const SecondRow& other) {
    warmup = warmup && other.warmup;
    if (scenarios.size() < other.scenarios.size()) scenarios.resize(other.scenarios.size());
    for (std::size_t i = 0; i < other.scenarios.size(); ++i) scenarios[i].merge(other.scenarios[i]);
    for (const auto& [agent, from] : other.agents) {
        AgentCell& cell = agents[agent];
        cell.requests += from.requests;
        cell.latency.merge(from.latency);
        for (std::size_t i = 0; i < from.gauges.size(); ++i) raise(cell.gauges, i, from.gauges[i]);
    }
}

std::size_t SecondRow::memory_bytes() const {
    constexpr std::size_t kMapNode = 48;
    std::size_t bytes = sizeof(SecondRow);
    for (const metrics::ScenarioStats& scenario : scenarios) {
        bytes += sizeof scenario;
        for (const metrics::StepStats& step : scenario.steps) {
            bytes += sizeof step + step.status.size() * kMapNode + step.latency.memory_bytes() +
                     step.send_latency.memory_bytes();
        }
    }
    for (const auto& [agent, cell] : agents) {
        bytes += kMapNode + sizeof cell + cell.latency.memory_bytes() + cell.gauges.size() * sizeof(Gauges);
    }
    return bytes;
}

SecondResult SecondRow::result(std::uint32_t second, std::uint32_t seconds,
                               const std::vector<AgentResult>& roster) const {
    SecondResult out;
    out.second = second;
    out.seconds = seconds;
    out.warmup = warmup;
    out.scenarios = scenarios;
    for (metrics::ScenarioStats& scenario : out.scenarios) scenario.delivered += std::exchange(scenario.carried, 0);
    for (const auto& [agent, cell] : agents) {
        const std::string& name = roster.at(agent).name;
        out.agent_requests[name] = cell.requests;
        if (!cell.latency.empty()) out.agent_latency[name] = cell.latency;
        for (std::size_t i = 0; i < cell.gauges.size() && i < out.scenarios.size(); ++i) {
            out.scenarios[i].users += cell.gauges[i].users;
            out.scenarios[i].in_flight += cell.gauges[i].in_flight;
        }
    }
    return out;
}

}  // namespace culvert::results
