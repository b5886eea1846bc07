// The histogram of the hot path: a flat table that records in about a nanosecond and never allocates; take() empties it
// into a Histogram.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>

#include "common/base/units.h"
#include "common/metrics/bucket_layout.h"
#include "common/metrics/histogram.h"

namespace culvert::metrics {

// Resource of one thread, 93 KB of address space: only the pages of buckets in use become memory. At most 2^32 - 1
// values of a bucket between two take().
class HistogramRecorder {
  public:
    HistogramRecorder();
    HistogramRecorder(const HistogramRecorder&) = delete;
    HistogramRecorder& operator=(const HistogramRecorder&) = delete;

    void record(Duration value) {
        record_micros(value.count() < 0 ? 0 : static_cast<std::uint64_t>(value.count()) / 1000);
    }
    void record_micros(std::uint64_t micros) {
        const std::uint64_t value = std::min(micros, kLargestRecordedMicros);
        ++counts_[bucket_of(value)];
        ++count_;
        sum_ += value;
        min_ = std::min(min_, value);
        max_ = std::max(max_, value);
    }

    bool empty() const { return count_ == 0; }
    // Everything since the last take(). Costs by the spread of the values, not by their number.
    Histogram take();

  private:
    struct Free {
        void operator()(std::uint32_t* counts) const { std::free(counts); }
    };
    std::unique_ptr<std::uint32_t[], Free> counts_;
    std::uint64_t count_ = 0, sum_ = 0, min_ = kLargestRecordedMicros, max_ = 0;
};

}  // namespace culvert::metrics
