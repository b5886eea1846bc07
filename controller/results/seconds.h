// Everything of a run by the second: what has just come, the last minute as it was, the whole timeline, and the total.
// Intervals are only put together with others of their second when they come; settle() does the rest, once a second.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "controller/results/pending_second.h"
#include "controller/results/timeline.h"

namespace culvert::results {

class Seconds {
  public:
    static constexpr std::uint32_t kRecent = 64;  // seconds kept one by one, however coarse the timeline has become

    explicit Seconds(TimelineLimits limits) : timeline_(limits) {}

    void add(std::uint32_t agent, const metrics::Interval& interval, metrics::Histogram latency);
    // `each` hears what came since the last time, by second, without the warm-up.
    void settle(const std::function<void(std::uint32_t second, const SecondRow& row)>& each);

    // What follows is about what was settled, except for last_second().
    std::optional<std::uint32_t> last_second() const { return last_second_; }
    // The rows of [first, last] in one; only the last kRecent seconds are known.
    SecondRow window(std::uint32_t first, std::uint32_t last) const;
    // The sum of all agents outside the warm-up.
    const std::vector<metrics::ScenarioStats>& total() const { return total_; }
    Timeline timeline() const;
    // What agents reported as planned of the scenario in rows that begin at `first` or later, outside the warm-up.
    std::uint64_t planned_from(std::size_t scenario, std::uint32_t first) const;

  private:
    void put(std::uint32_t second, SecondRow row);

    std::map<std::pair<std::uint32_t, bool>, PendingSecond> pending_;  // by second and whether it is of the warm-up
    metrics::HistogramSum scratch_;
    std::map<std::uint32_t, SecondRow> recent_;  // at most kRecent
    Timeline timeline_;                          // everything older
    std::vector<metrics::ScenarioStats> total_;
    std::optional<std::uint32_t> last_second_;
};

}  // namespace culvert::results
