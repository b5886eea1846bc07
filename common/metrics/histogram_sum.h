// The sum of many small histograms, as of all steps of a second: about as many nanoseconds as there are buckets in
// them, where merging one by one would move what is there already each time.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "common/metrics/bucket_layout.h"
#include "common/metrics/histogram.h"

namespace culvert::metrics {

// Resource of one thread, 190 KB of address space, to be used again and again.
class HistogramSum {
  public:
    HistogramSum() : counts_(kBuckets) {}
    HistogramSum(const HistogramSum&) = delete;
    HistogramSum& operator=(const HistogramSum&) = delete;

    void add(const Histogram& histogram);
    // Everything since the last take().
    Histogram take();

  private:
    static constexpr std::uint32_t kWordBits = 64;

    std::vector<std::uint64_t> counts_;                           // by bucket; all 0 but those in used_
    std::array<std::uint64_t, kBuckets / kWordBits + 1> used_{};  // a bit for each bucket
    std::uint64_t count_ = 0, sum_ = 0, min_ = kLargestRecordedMicros, max_ = 0;
};

}  // namespace culvert::metrics
