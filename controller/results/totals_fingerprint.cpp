#include "controller/results/totals_fingerprint.h"

#include <algorithm>

namespace culvert::results {
namespace {

// A name for every number of a total: place (scenario, or step) and what it counts there.
constexpr std::uint64_t kScenarios = 1ULL << 60;
constexpr std::uint64_t kSteps = 2ULL << 60;
constexpr std::uint64_t kBuckets = 3ULL << 60;
constexpr std::uint64_t kSums = 4ULL << 60;
constexpr int kPlaceShift = 32;
constexpr std::uint64_t kStatuses = 1ULL << 20, kErrors = 1ULL << 21;

// SplitMix64 (Sebastiano Vigna): spreads every bit of the name over the whole key.
constexpr std::uint64_t key_of(std::uint64_t name, std::uint64_t lane) {
    std::uint64_t z = name + (lane + 1) * 0x9e3779b97f4a7c15ULL;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
}

}  // namespace

TotalsFingerprint::TotalsFingerprint(const workload::Plan& plan) {
    std::size_t steps = 0;
    for (const workload::Scenario& scenario : plan.scenarios) {
        first_step_.push_back(steps);
        steps += scenario.request_names.size();
    }
    first_step_.push_back(steps);
    extremes_.resize(2 * steps + 1);
}

void TotalsFingerprint::add(const metrics::Interval& interval) {
    if (!interval.warmup) add(interval.scenarios, interval.lateness);
}

void TotalsFingerprint::add(const protocol::RunTotals& totals) {
    add(totals.scenarios, totals.lateness);
}

void TotalsFingerprint::count(std::uint64_t name, std::uint64_t value) {
    if (value == 0) return;
    for (std::size_t lane = 0; lane < lanes_.size(); ++lane) lanes_[lane] += value * key_of(name, lane);
}

void TotalsFingerprint::add(const std::vector<metrics::ScenarioStats>& scenarios, const metrics::Histogram& lateness) {
    foreign_ = foreign_ || scenarios.size() > first_step_.size() - 1;
    for (std::size_t i = 0; i < std::min(scenarios.size(), first_step_.size() - 1); ++i) {
        const metrics::ScenarioStats& scenario = scenarios[i];
        const std::uint64_t place = kScenarios | (static_cast<std::uint64_t>(i) << kPlaceShift);
        std::uint64_t what = 0;
        for (const std::uint64_t value : {scenario.planned, scenario.offered, scenario.delivered, scenario.interrupted,
                                          scenario.missed, scenario.carried}) {
            count(place | what++, value);
        }
        const std::size_t known = first_step_[i + 1] - first_step_[i];
        foreign_ = foreign_ || scenario.steps.size() > known;
        for (std::size_t k = 0; k < std::min(scenario.steps.size(), known); ++k) {
            const std::size_t step = first_step_[i] + k;
            add_counters(kSteps | (static_cast<std::uint64_t>(step) << kPlaceShift), scenario.steps[k]);
            add_histogram(2 * step, scenario.steps[k].latency);
            add_histogram(2 * step + 1, scenario.steps[k].send_latency);
        }
    }
    add_histogram(extremes_.size() - 1, lateness);
}

void TotalsFingerprint::add_counters(std::uint64_t place, const metrics::StepStats& step) {
    const metrics::PhaseSums& phases = step.phases;
    std::uint64_t what = 0;
    for (const std::uint64_t value :
         {step.requests, step.failures, step.interrupted, step.bytes_sent, step.bytes_received, phases.dns.sum_micros,
          phases.dns.count, phases.connect.sum_micros, phases.connect.count, phases.tls.sum_micros, phases.tls.count,
          phases.first_byte.sum_micros, phases.first_byte.count, phases.rest.sum_micros, phases.rest.count}) {
        count(place | what++, value);
    }
    for (const auto& [status, times] : step.status) count(place | kStatuses | status, times);
    for (std::size_t kind = 0; kind < step.errors.size(); ++kind) count(place | kErrors | kind, step.errors[kind]);
}

void TotalsFingerprint::add_histogram(std::size_t number, const metrics::Histogram& histogram) {
    if (histogram.empty()) return;
    const std::uint64_t place = static_cast<std::uint64_t>(number) << kPlaceShift;
    histogram.each_bucket([this, place](std::uint32_t bucket, std::uint64_t times) {
        count(kBuckets | place | bucket, times);
        return true;
    });
    count(kSums | place, histogram.sum_micros());
    Extremes& extremes = extremes_[number];
    extremes.least = std::min(extremes.least, histogram.min_micros());
    extremes.greatest = std::max(extremes.greatest, histogram.max_micros());
}

}  // namespace culvert::results
