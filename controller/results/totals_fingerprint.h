// The totals of one agent in a few bytes, for the ledger: two totals are equal, counter by counter and bucket by
// bucket, exactly when their fingerprints are (but for one chance in 2^128). It is linear, so that the fingerprint of a
// sum is the sum of fingerprints: intervals can be added one by one and forgotten, where keeping every histogram of a
// thousand agents would cost gigabytes.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "common/metrics/interval.h"
#include "common/protocol/totals.h"
#include "common/workload/plan.h"

namespace culvert::results {

class TotalsFingerprint {
  public:
    explicit TotalsFingerprint(const workload::Plan& plan);

    // Intervals of the warm-up are in no total: nothing is added.
    void add(const metrics::Interval& interval);
    // The same for a sum that was made elsewhere.
    void add(const protocol::RunTotals& totals);

    friend bool operator==(const TotalsFingerprint&, const TotalsFingerprint&) = default;

  private:
    struct Extremes {  // of one histogram: the least and the greatest do not add up, so they are kept
        std::uint64_t least = UINT64_MAX, greatest = 0;
        friend bool operator==(const Extremes&, const Extremes&) = default;
    };

    void add(const std::vector<metrics::ScenarioStats>& scenarios, const metrics::Histogram& lateness);
    void add_counters(std::uint64_t place, const metrics::StepStats& step);
    void add_histogram(std::size_t number, const metrics::Histogram& histogram);
    void count(std::uint64_t name, std::uint64_t value);

    std::vector<std::size_t> first_step_;  // of each scenario, over all scenarios; then the number of steps
    std::array<std::uint64_t, 2> lanes_{};
    std::vector<Extremes> extremes_;  // latency and send latency of each step, then lateness
    bool foreign_ = false;            // something stands where the plan has nothing
};

}  // namespace culvert::results
