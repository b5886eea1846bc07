// Intervals that wait because the spool is full. When they become too many, neighbours are folded into one: nothing
// measured is lost, only the resolution in time, evenly from the oldest on.
#pragma once

#include <cstddef>
#include <deque>

#include "common/metrics/interval.h"

namespace culvert::agent::run {

// Two neighbours as one: counters and histograms add, gauges are the later one's. Both are of the warm-up, or neither
// is.
metrics::Interval fold(metrics::Interval earlier, const metrics::Interval& later);

class IntervalBacklog {
  public:
    // Some 100 KB each for a plan of 50 steps.
    static constexpr std::size_t kMostWaiting = 60;

    explicit IntervalBacklog(std::size_t most_waiting = kMostWaiting) : most_waiting_(most_waiting) {}

    void push(metrics::Interval interval);
    metrics::Interval pop();
    bool empty() const { return waiting_.empty(); }
    std::size_t size() const { return waiting_.size(); }

  private:
    void fold_two();

    const std::size_t most_waiting_;
    std::deque<metrics::Interval> waiting_;
};

}  // namespace culvert::agent::run
