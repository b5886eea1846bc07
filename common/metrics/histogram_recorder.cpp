#include "common/metrics/histogram_recorder.h"

#include "common/base/check.h"

namespace culvert::metrics {

HistogramRecorder::HistogramRecorder()
    : counts_(static_cast<std::uint32_t*>(std::calloc(kBuckets, sizeof(std::uint32_t)))) {
    CULVERT_CHECK(counts_ != nullptr);
}

Histogram HistogramRecorder::take() {
    Histogram taken;
    if (count_ == 0) return taken;
    const std::uint32_t first = bucket_of(min_), last = bucket_of(max_);
    for (std::uint32_t bucket = first; bucket <= last; ++bucket) {
        if (counts_[bucket] == 0) continue;
        taken.append(bucket, counts_[bucket]);
        counts_[bucket] = 0;
    }
    taken.count_ = count_;
    taken.sum_ = sum_;
    taken.min_ = min_;
    taken.max_ = max_;
    count_ = sum_ = max_ = 0;
    min_ = kLargestRecordedMicros;
    return taken;
}

}  // namespace culvert::metrics
