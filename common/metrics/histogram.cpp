#include "common/metrics/histogram.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace culvert::metrics {
namespace {

constexpr std::uint64_t kMostSparseCount = std::numeric_limits<std::uint32_t>::max();

// Of an entry: its bucket comes before this one.
constexpr auto is_below = [](const auto& entry, std::uint32_t bucket) { return entry.bucket < bucket; };

}  // namespace

void Histogram::record_micros(std::uint64_t micros, std::uint64_t times) {
    if (times == 0) return;
    const std::uint64_t value = std::min(micros, kLargestMicros);
    add(bucket_of(value), times);
    min_ = count_ == 0 ? value : std::min(min_, value);
    max_ = std::max(max_, value);
    count_ += times;
    sum_ += value * times;
}

void Histogram::add(std::uint32_t bucket, std::uint64_t times) {
    if (dense_.empty()) {
        const auto at = std::lower_bound(sparse_.begin(), sparse_.end(), bucket, is_below);
        const bool known = at != sparse_.end() && at->bucket == bucket;
        const std::uint64_t before = known ? at->count : 0;
        if (times <= kMostSparseCount - before && (known || sparse_.size() < kMostSparse)) {
            if (known) {
                at->count += static_cast<std::uint32_t>(times);
            } else {
                sparse_.insert(at, Entry{bucket, static_cast<std::uint32_t>(times)});
            }
            return;
        }
        make_dense();
    }
    if (dense_.size() <= bucket) dense_.resize(bucket + 1);
    dense_[bucket] += times;
}

void Histogram::append(std::uint32_t bucket, std::uint64_t times) {
    const bool above =
        dense_.empty() && sparse_.size() < kMostSparse && (sparse_.empty() || sparse_.back().bucket < bucket);
    if (!above || times > kMostSparseCount) return add(bucket, times);
    sparse_.push_back(Entry{bucket, static_cast<std::uint32_t>(times)});
}

void Histogram::make_dense() {
    dense_.assign(sparse_.empty() ? 1 : sparse_.back().bucket + 1, 0);
    for (const Entry& entry : sparse_) dense_[entry.bucket] = entry.count;
    sparse_ = {};
}

void Histogram::merge(const Histogram& other) {
    if (other.count_ == 0) return;
    if (dense_.empty() && other.dense_.empty()) {
        merge_sparse(other.sparse_);
    } else {
        if (dense_.empty()) make_dense();
        const std::size_t needed = other.dense_.empty() ? other.sparse_.back().bucket + 1 : other.dense_.size();
        if (dense_.size() < needed) dense_.resize(needed);
        for (const Entry& entry : other.sparse_) dense_[entry.bucket] += entry.count;
        for (std::size_t i = 0; i < other.dense_.size(); ++i) dense_[i] += other.dense_[i];
    }
    min_ = count_ == 0 ? other.min_ : std::min(min_, other.min_);
    max_ = std::max(max_, other.max_);
    count_ += other.count_;
    sum_ += other.sum_;
}

// Mostly few buckets come into many, so those are searched for and only new ones move anything.
void Histogram::merge_sparse(const std::vector<Entry>& other) {
    std::size_t fresh = 0;
    bool fits = true;  // 32 bits
    auto mine = sparse_.cbegin();
    for (const Entry& theirs : other) {
        mine = std::lower_bound(mine, sparse_.cend(), theirs.bucket, is_below);
        if (mine == sparse_.cend() || mine->bucket != theirs.bucket) {
            ++fresh;
        } else if (theirs.count > kMostSparseCount - mine->count) {
            fits = false;
        }
    }
    if (fits && sparse_.size() + fresh <= kMostSparse) return insert_sparse(other, fresh);
    make_dense();
    for (const Entry& entry : other) add(entry.bucket, entry.count);
}

// `fresh`: how many of the buckets are new here. From the last to the first, so that nothing moves twice.
void Histogram::insert_sparse(const std::vector<Entry>& other, std::size_t fresh) {
    if (sparse_.empty()) {
        sparse_ = other;
        return;
    }
    std::size_t end = sparse_.size();  // of my entries that are not in place yet
    sparse_.resize(sparse_.size() + fresh);
    Entry* const entries = sparse_.data();
    for (std::size_t left = other.size(); left-- > 0;) {
        const Entry& theirs = other[left];
        const auto at =
            static_cast<std::size_t>(std::lower_bound(entries, entries + end, theirs.bucket, is_below) - entries);
        const bool known = at < end && entries[at].bucket == theirs.bucket;
        if (known) entries[at].count += theirs.count;
        if (fresh > 0) std::copy_backward(entries + at, entries + end, entries + end + fresh);
        if (!known) entries[at + --fresh] = theirs;
        end = at;
    }
}

void Histogram::clear() {
    *this = Histogram();
}

double Histogram::mean_micros() const {
    return count_ == 0 ? 0 : static_cast<double>(sum_) / static_cast<double>(count_);
}

double Histogram::stddev_micros() const {
    if (count_ == 0) return 0;
    const double mean = mean_micros();
    double squares = 0;
    each_bucket([&squares, mean](std::uint32_t bucket, std::uint64_t count) {
        const double middle = (static_cast<double>(bucket_low(bucket)) + static_cast<double>(bucket_high(bucket))) / 2;
        squares += (middle - mean) * (middle - mean) * static_cast<double>(count);
        return true;
    });
    return std::sqrt(squares / static_cast<double>(count_));
}

std::uint64_t Histogram::percentile_micros(double percent) const {
    if (percent >= 100 || count_ == 0) return max_;
    const double wanted = std::max(percent, 0.0) / 100 * static_cast<double>(count_);
    // The tiny step down keeps 99.9 % of 1000 at 999 although the product is a hair above it.
    const double exact = std::ceil(wanted * (1 - 1e-13));
    if (exact >= static_cast<double>(count_)) return max_;  // as a whole number it might not fit
    const auto rank = std::max<std::uint64_t>(static_cast<std::uint64_t>(exact), 1);
    std::uint64_t seen = 0, found = max_;
    each_bucket([&seen, &found, rank](std::uint32_t bucket, std::uint64_t count) {
        seen += count;
        if (seen < rank) return true;
        found = bucket_high(bucket);
        return false;
    });
    return std::min(found, max_);
}

std::uint64_t Histogram::count_up_to_micros(std::uint64_t micros) const {
    const std::uint32_t last = bucket_of(micros);
    std::uint64_t seen = 0;
    each_bucket([&seen, last](std::uint32_t bucket, std::uint64_t count) {
        if (bucket > last) return false;
        seen += count;
        return true;
    });
    return seen;
}

std::vector<Histogram::Bucket> Histogram::buckets() const {
    std::vector<Bucket> list;
    each_bucket([&list](std::uint32_t bucket, std::uint64_t count) {
        list.push_back(Bucket{bucket_low(bucket), bucket_high(bucket), count});
        return true;
    });
    return list;
}

bool operator==(const Histogram& a, const Histogram& b) {
    if (a.count_ != b.count_ || a.sum_ != b.sum_ || a.min_ != b.min_ || a.max_ != b.max_) return false;
    if (a.dense_.empty() && b.dense_.empty()) return a.sparse_ == b.sparse_;
    const auto same = [](const Histogram::Bucket& x, const Histogram::Bucket& y) {
        return x.low_micros == y.low_micros && x.count == y.count;
    };
    const auto left = a.buckets(), right = b.buckets();
    return std::equal(left.begin(), left.end(), right.begin(), right.end(), same);
}

}  // namespace culvert::metrics
