// A second whose intervals are still coming: cheap to add to, put together once by take().
#pragma once

#include <cstdint>
#include <vector>

#include "common/metrics/histogram_pile.h"
#include "controller/results/second_row.h"

namespace culvert::results {

class PendingSecond {
  public:
    // `latency`: of all steps of the interval. `scratch`: as HistogramPile wants it.
    void add(std::uint32_t agent, const metrics::Interval& interval, metrics::Histogram latency,
             metrics::HistogramSum& scratch);
    // Leaves nothing behind.
    SecondRow take(metrics::HistogramSum& scratch);

  private:
    struct Step {
        metrics::HistogramPile latency, send_latency;
    };

    SecondRow row_;
    std::vector<std::vector<Step>> steps_;  // by scenario
};

}  // namespace culvert::results
