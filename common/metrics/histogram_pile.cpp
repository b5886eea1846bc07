#include "common/metrics/histogram_pile.h"

#include <algorithm>
#include <utility>

namespace culvert::metrics {

void HistogramPile::add(const Histogram& histogram, HistogramSum& scratch) {
    if (histogram.empty()) return;
    if (!histogram.dense_.empty()) return sum_.merge(histogram);
    waiting_.sparse_.insert(waiting_.sparse_.end(), histogram.sparse_.begin(), histogram.sparse_.end());
    waiting_.min_ = waiting_.empty() ? histogram.min_ : std::min(waiting_.min_, histogram.min_);
    waiting_.max_ = std::max(waiting_.max_, histogram.max_);
    waiting_.count_ += histogram.count_;
    waiting_.sum_ += histogram.sum_;
    if (waiting_.sparse_.size() >= kMostWaiting) sum_up(scratch);
}

Histogram HistogramPile::take(HistogramSum& scratch) {
    sum_up(scratch);
    return std::exchange(sum_, Histogram());
}

void HistogramPile::sum_up(HistogramSum& scratch) {
    if (waiting_.empty()) return;
    scratch.add(sum_);
    scratch.add(waiting_);
    sum_ = scratch.take();
    waiting_.sparse_.clear();  // keeps its memory
    waiting_.count_ = waiting_.sum_ = waiting_.min_ = waiting_.max_ = 0;
}

}  // namespace culvert::metrics
