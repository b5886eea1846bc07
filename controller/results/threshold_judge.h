// All thresholds of one plan, each once, or once for every group of agents it names (`by agent`, `by region`).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "controller/results/threshold_series.h"

namespace culvert::results {

struct JudgedAgent {
    std::string name;
    workload::Labels labels;
};

class ThresholdJudge {
  public:
    // `agents`: of the run, in roster order. Groups are known from the start, so that a group without samples fails as
    // "no data".
    ThresholdJudge(std::shared_ptr<const workload::Plan> plan, const std::vector<JudgedAgent>& agents,
                   Duration load_length);

    // An interval that was not counted before, for thresholds by groups of agents; the warm-up is passed over.
    void observe(std::size_t agent, const metrics::Interval& interval);
    // The same of all agents together, for all others: what came in addition for this second, outside the warm-up.
    void observe_all(std::uint32_t second, const std::vector<metrics::ScenarioStats>& scenarios);
    void close_until(std::uint32_t end);
    void load_ends_at(std::uint32_t second);
    void finish(std::uint32_t end);

    std::vector<ThresholdResult> results() const;
    // The first `else abort` threshold that did not hold, with what was measured: `error_rate < 1% after 30s: 4.2 %`.
    std::optional<std::string> abort_reason() const;

  private:
    struct Watched {
        ThresholdSeries series;
        std::vector<bool> members;  // by roster index; empty: all together
    };
    void add(const workload::Threshold& threshold, const std::string& suffix, std::vector<bool> members);

    const std::shared_ptr<const workload::Plan> plan_;
    const std::uint32_t first_second_, load_end_;
    std::vector<Watched> watched_;
};

// PASS only if every threshold passed; NONE without thresholds.
Verdict verdict_of(const std::vector<ThresholdResult>& thresholds);

}  // namespace culvert::results
