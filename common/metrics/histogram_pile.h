// Many small histograms on their way into one. Adding one copies its few buckets, where merging would search and move
// the many that are there already; they are summed when a batch has gathered, and at the end.
#pragma once

#include <cstddef>

#include "common/metrics/histogram.h"
#include "common/metrics/histogram_sum.h"

namespace culvert::metrics {

// Value type. `scratch` is empty before each call and after it; one serves all piles of a thread.
class HistogramPile {
  public:
    static constexpr std::size_t kMostWaiting = 4096;  // buckets: 32 KB

    void add(const Histogram& histogram, HistogramSum& scratch);
    // The sum of everything since the last take().
    Histogram take(HistogramSum& scratch);

  private:
    void sum_up(HistogramSum& scratch);

    Histogram waiting_;  // its list is in no order and names buckets again and again: only for HistogramSum
    Histogram sum_;
};

}  // namespace culvert::metrics
