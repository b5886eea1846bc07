// What one agent of a run has reported: which of its intervals, what they add up to, and whether that is what it says
// itself.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "common/metrics/interval.h"
#include "common/protocol/totals.h"
#include "common/workload/plan.h"
#include "controller/results/number_set.h"
#include "controller/results/run_result.h"
#include "controller/results/totals_fingerprint.h"

namespace culvert::results {

// What an agent says of itself when it is done.
struct FinalAccount {
    std::uint64_t intervals_sent = 0, intervals_folded = 0;
    protocol::RunTotals totals;
};

class AgentAccount {
  public:
    // Latencies are kept by step, or, where that would cost too much memory, only by scenario: those of all its steps
    // then stand in the first one, and those from the send are only in the totals of the run.
    enum class Detail { BySteps, ByScenarios };

    AgentAccount(const workload::Plan& plan, Detail detail);

    bool has(std::uint64_t number) const { return numbers_.contains(number); }
    void count_duplicate() { ++duplicated_; }
    // False: no such number can be; nothing was added. `latency`: by scenario, of all its steps.
    bool add(const metrics::Interval& interval, const std::vector<metrics::Histogram>& latency);
    // The first one counts.
    void claim(const FinalAccount& account);
    // It was restarted and says how many it sent in all; ignored after claim().
    void leave(std::uint64_t intervals_sent);

    std::optional<std::uint32_t> last_second() const { return last_second_; }
    // `over`: no more is waited for, so that an agent that never finished leaves at least one interval unknown.
    // Counters: requests, failures and errors alone, of a scenario's steps together in its first one: what a live view
    // needs.
    enum class Show { Counters, Everything };
    void fill(AgentResult& result, Show show, bool over) const;

  private:
    const workload::Plan& plan_;
    const Detail detail_;
    NumberSet numbers_;
    std::vector<metrics::ScenarioStats> totals_;
    metrics::Histogram lateness_;
    TotalsFingerprint merged_;
    std::optional<TotalsFingerprint> claimed_;
    std::uint64_t claimed_intervals_ = 0;
    std::optional<std::uint64_t> left_after_;  // intervals
    std::uint64_t duplicated_ = 0, folded_ = 0;
    std::uint64_t measured_seconds_ = 0, busy_seconds_ = 0;
    double cpu_max_ = 0, cpu_last_ = 0;
    std::uint64_t last_number_ = 0;
    std::optional<std::uint32_t> last_second_;
};

}  // namespace culvert::results
