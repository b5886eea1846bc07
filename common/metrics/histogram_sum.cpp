#include "common/metrics/histogram_sum.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace culvert::metrics {

void HistogramSum::add(const Histogram& histogram) {
    if (histogram.empty()) return;
    histogram.each_bucket([this](std::uint32_t bucket, std::uint64_t count) {
        counts_[bucket] += count;
        used_[bucket / kWordBits] |= std::uint64_t{1} << (bucket % kWordBits);
        return true;
    });
    count_ += histogram.count_;
    sum_ += histogram.sum_;
    min_ = std::min(min_, histogram.min_);
    max_ = std::max(max_, histogram.max_);
}

Histogram HistogramSum::take() {
    Histogram taken;
    if (count_ == 0) return taken;
    const std::uint32_t last = bucket_of(max_) / kWordBits;
    std::size_t buckets = 0;
    for (std::uint32_t word = bucket_of(min_) / kWordBits; word <= last; ++word)
        buckets += static_cast<std::size_t>(std::popcount(used_[word]));
    if (buckets > Histogram::kMostSparse) {
        taken.dense_.resize(bucket_of(max_) + 1);
    } else {
        taken.sparse_.reserve(buckets);
    }
    for (std::uint32_t word = bucket_of(min_) / kWordBits; word <= last; ++word) {
        for (std::uint64_t bits = std::exchange(used_[word], 0); bits != 0; bits &= bits - 1) {
            const std::uint32_t bucket = word * kWordBits + static_cast<std::uint32_t>(std::countr_zero(bits));
            taken.append(bucket, std::exchange(counts_[bucket], 0));
        }
    }
    taken.count_ = std::exchange(count_, 0);
    taken.sum_ = std::exchange(sum_, 0);
    taken.min_ = std::exchange(min_, kLargestRecordedMicros);
    taken.max_ = std::exchange(max_, 0);
    return taken;
}

}  // namespace culvert::metrics
