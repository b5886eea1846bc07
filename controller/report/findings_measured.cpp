#include <algorithm>
#include <array>
#include <map>
#include <string>

#include <fmt/format.h>

#include "controller/report/finding_rules.h"
#include "controller/report/flatten.h"
#include "controller/report/number_format.h"
#include "controller/report/report_document.h"

namespace culvert::report {
namespace {

using results::RunResult;

constexpr double kErrorShare = 0.005;  // of a step's requests
constexpr std::uint64_t kFewestErrors = 5;
constexpr double kSlowFactor = 1.3;          // p95 of one group against that of all the others
constexpr std::uint64_t kSlowMicros = 5000;  // and at least this much
constexpr std::uint64_t kFewestSamples = 100;
constexpr double kPhaseShare = 0.2;  // of a step's time from the send
constexpr std::size_t kMostOfAKind = 3;

std::string full_name(const RunResult& result, std::size_t scenario, std::size_t step) {
    const std::string name = step_name(result, scenario, step);
    return result.plan && result.plan->scenarios.size() > 1 ? result.plan->scenarios[scenario].name + "/" + name : name;
}

// "mostly HTTP 500 (1,590)": the most frequent status ≥ 400, or kind of error.
std::string main_cause(const metrics::StepStats& step) {
    std::string name;
    std::uint64_t most = 0;
    for (const auto& [status, count] : step.status) {
        if (status < 400 || count <= most) continue;
        most = count;
        name = fmt::format("HTTP {}", status);
    }
    for (std::size_t kind = 0; kind < step.errors.size(); ++kind) {
        if (static_cast<metrics::ErrorKind>(kind) == metrics::ErrorKind::Status || step.errors[kind] <= most) continue;
        most = step.errors[kind];
        name = metrics::to_string(static_cast<metrics::ErrorKind>(kind));
    }
    return name.empty() ? "" : fmt::format(", mostly {} ({})", name, count_text(most));
}

// When the step failed: "mostly from 02:10 to 02:40", or "all through the run". A second belongs to it from a fifth of
// the worst one on.
std::string failing_time(const RunResult& result, std::size_t scenario, std::size_t step) {
    const auto failures = [&](const results::SecondResult& row) -> std::uint64_t {
        return row.warmup || scenario >= row.scenarios.size() || step >= row.scenarios[scenario].steps.size()
                   ? 0
                   : row.scenarios[scenario].steps[step].failures;
    };
    std::uint64_t worst = 0;
    std::uint64_t all = 0;
    for (const results::SecondResult& row : result.timeline) {
        worst = std::max(worst, failures(row));
        all += failures(row);
    }
    double first = -1;
    double end = 0;
    for (const results::SecondResult& row : result.timeline) {
        if (worst == 0 || failures(row) * 5 < worst) continue;
        if (first < 0) first = row.second;
        end = static_cast<double>(row.second) + row.seconds;
    }
    std::uint64_t inside = 0;
    for (const results::SecondResult& row : result.timeline)
        inside += row.second >= first && row.second < end ? failures(row) : 0;
    if (first < 0 || ratio_of(inside, all) < 0.75 || end - first > 0.7 * length_seconds(result))
        return "all through the run";
    return fmt::format("mostly from {} to {}", clock_text(first), clock_text(end));
}

struct Group {
    metrics::Histogram latency;
    std::size_t agents = 0;
};

// The groups whose p95 is clearly above that of all the others together.
std::vector<Finding> slow_among(const std::map<std::string, Group>& groups, const char* id, const char* advice) {
    std::vector<Finding> found;
    if (groups.size() < 2) return found;
    for (const auto& [name, group] : groups) {
        metrics::Histogram others;
        for (const auto& [other, value] : groups) {
            if (other != name) others.merge(value.latency);
        }
        if (group.latency.count() < kFewestSamples || others.count() < kFewestSamples) continue;
        const std::uint64_t mine = group.latency.percentile_micros(95);
        const std::uint64_t theirs = others.percentile_micros(95);
        if (mine < theirs + kSlowMicros || static_cast<double>(mine) < kSlowFactor * static_cast<double>(theirs))
            continue;
        found.push_back({id, fmt::format("{} is slower than the others.", name),
                         fmt::format("p95 {} against {}.", latency_text(static_cast<double>(mine)),
                                     latency_text(static_cast<double>(theirs))),
                         advice});
    }
    return found;
}

}  // namespace

std::vector<Finding> find_error_steps(const RunResult& result) {
    struct Row {
        double share;
        Finding finding;
    };
    std::vector<Row> rows;
    for (std::size_t i = 0; i < result.totals.size(); ++i) {
        for (std::size_t k = 0; k < result.totals[i].steps.size(); ++k) {
            const metrics::StepStats& step = result.totals[i].steps[k];
            const double share = ratio_of(step.failures, step.requests);
            if (step.failures < kFewestErrors || share < kErrorShare) continue;
            rows.push_back(
                {share,
                 {"error_step",
                  fmt::format("{} fails in {} of its requests.", full_name(result, i, k), percent_text(share)),
                  fmt::format("{} of {}{}, {}.", count_text(step.failures), count_text(step.requests), main_cause(step),
                              failing_time(result, i, k)),
                  "The error table below has a request and its answer for each kind and agent."}});
        }
    }
    std::stable_sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return a.share > b.share; });
    std::vector<Finding> found;
    for (std::size_t i = 0; i < rows.size() && i < kMostOfAKind; ++i) found.push_back(std::move(rows[i].finding));
    return found;
}

std::vector<Finding> find_slow_groups(const RunResult& result) {
    std::map<std::string, Group> by_agent;
    std::map<std::string, std::map<std::string, Group>> by_label;
    for (const results::AgentResult& agent : result.agents) {
        const metrics::ScenarioStats flat = flattened(agent.totals);
        const metrics::Histogram& latency = only_step(flat).latency;
        by_agent[agent.name].latency.merge(latency);
        for (const auto& [label, value] : agent.labels) {
            Group& group = by_label[label][label + "=" + value];
            group.latency.merge(latency);
            ++group.agents;
        }
    }
    // A label that explains the difference says more than the names of its agents.
    for (const auto& [label, groups] : by_label) {
        const bool groups_agents =
            std::any_of(groups.begin(), groups.end(), [](const auto& group) { return group.second.agents > 1; });
        if (!groups_agents) continue;
        std::vector<Finding> found = slow_among(
            groups, "slow_region", "Compare the agents there: network path, DNS and the target's nearest site.");
        if (!found.empty()) return found;
    }
    return slow_among(
        by_agent, "slow_agent",
        "Compare its path and its CPU with those of the others; a single slow agent moves every percentile.");
}

std::vector<Finding> find_slow_phases(const RunResult& result) {
    struct Kind {
        const char *id, *name, *advice;
        metrics::PhaseSums::Phase metrics::PhaseSums::*phase;
    };
    static constexpr std::array kKinds{
        Kind{"slow_dns", "name resolution",
             "Users of the target have a cache near them; give the agents one, or the address.",
             &metrics::PhaseSums::dns},
        Kind{"slow_connect", "connecting",
             "Connections are opened too often or the network is far: check keep-alive on the target.",
             &metrics::PhaseSums::connect},
        Kind{"slow_tls", "the TLS handshake",
             "Connections are opened too often: check keep-alive and session resumption on the target.",
             &metrics::PhaseSums::tls}};
    std::vector<Finding> found;
    for (const Kind& kind : kKinds) {
        for (std::size_t i = 0; i < result.totals.size(); ++i) {
            for (std::size_t k = 0; k < result.totals[i].steps.size(); ++k) {
                const metrics::StepStats& step = result.totals[i].steps[k];
                if (step.send_latency.count() < kFewestSamples) continue;
                const double all = step.send_latency.mean_micros() * static_cast<double>(step.send_latency.count());
                const metrics::PhaseSums::Phase& phase = step.phases.*kind.phase;
                const double share = all == 0 ? 0 : static_cast<double>(phase.sum_micros) / all;
                if (phase.count == 0 || share < kPhaseShare || found.size() >= kMostOfAKind) continue;
                found.push_back(
                    {kind.id,
                     fmt::format("{} spends {} of its time in {}.", full_name(result, i, k), percent_text(share),
                                 kind.name),
                     fmt::format("{} on average in {} requests.",
                                 latency_text(static_cast<double>(phase.sum_micros) / static_cast<double>(phase.count)),
                                 count_text(phase.count)),
                     kind.advice});
            }
        }
    }
    return found;
}

}  // namespace culvert::report
