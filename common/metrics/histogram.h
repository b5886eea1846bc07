// Latency histogram, log-linear with 3 significant digits: 1 µs to 1 h, worst error 0.1 %. Merging is lossless,
// commutative and associative. Layout (after HdrHistogram, Gil Tene): values below 2048 µs are exact; each further
// power of two has 1024 sub-buckets.
//
// Encoded: version:u8(=1) varint(min) varint(max) varint(sum), all µs, then for every non-empty bucket, ascending:
// varint(gap to the previous index, which starts at -1) varint(count); then nothing else. Varints are LEB128 in their
// shortest form; an empty histogram is 01 00 00 00.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/base/units.h"
#include "common/metrics/bucket_layout.h"

namespace culvert::metrics {

// Value type. Not thread-safe. Holds up to kMostSparse non-empty buckets as a sorted list (8 bytes each; an empty one
// owns no memory), more in a flat table of at most 190 KB.
class Histogram {
  public:
    static constexpr std::uint64_t kLargestMicros = kLargestRecordedMicros;  // larger values are recorded as this one

    void record_micros(std::uint64_t micros, std::uint64_t times = 1);
    void record(Duration value) {
        record_micros(value.count() < 0 ? 0 : static_cast<std::uint64_t>(value.count() / 1000));
    }
    void merge(const Histogram& other);
    void clear();

    bool empty() const { return count_ == 0; }
    std::uint64_t count() const { return count_; }
    std::uint64_t min_micros() const { return count_ == 0 ? 0 : min_; }  // exact
    std::uint64_t max_micros() const { return max_; }                    // exact
    double mean_micros() const;                                          // exact
    std::uint64_t sum_micros() const { return sum_; }                    // exact
    double stddev_micros() const;                                        // from the buckets
    // The smallest recorded bucket at or below which `percent` (0…100) of the values lie. 0 when empty. Never above
    // max_micros().
    std::uint64_t percentile_micros(double percent) const;
    // Values at most this large; the bucket that holds `micros` counts as a whole.
    std::uint64_t count_up_to_micros(std::uint64_t micros) const;

    // Memory behind this value, by its content alone (not by the order of merging): for keepers of many histograms.
    std::size_t memory_bytes() const { return sparse_.size() * sizeof(Entry) + dense_.size() * sizeof(std::uint64_t); }

    struct Bucket {
        std::uint64_t low_micros, high_micros, count;
    };                                    // inclusive bounds
    std::vector<Bucket> buckets() const;  // non-empty ones, ascending
    // Calls visit(bucket, count) for every non-empty bucket (bucket_layout.h), ascending, until it returns false.
    template <class Visit>
    void each_bucket(Visit visit) const {
        for (const Entry& entry : sparse_) {
            if (!visit(entry.bucket, std::uint64_t{entry.count})) return;
        }
        for (std::uint32_t bucket = 0; bucket < dense_.size(); ++bucket) {
            if (dense_[bucket] != 0 && !visit(bucket, dense_[bucket])) return;
        }
    }

    std::string encode() const;
    static constexpr std::size_t kMostEncodedBytes = 512 << 10;
    static Result<Histogram> decode(std::string_view encoded);

    friend bool operator==(const Histogram&, const Histogram&);

  private:
    friend class HistogramPile;
    friend class HistogramRecorder;
    friend class HistogramSum;
    static constexpr std::size_t kMostSparse = 1024;
    struct Entry {
        std::uint32_t bucket;
        std::uint32_t count;
        friend bool operator==(const Entry&, const Entry&) = default;
    };

    void add(std::uint32_t bucket, std::uint64_t times);
    void append(std::uint32_t bucket, std::uint64_t times);  // the same, quickly when `bucket` lies above all others
    void make_dense();
    void merge_sparse(const std::vector<Entry>& other);
    void insert_sparse(const std::vector<Entry>& other, std::size_t fresh);

    std::vector<Entry> sparse_;         // ascending; empty once dense_ is in use
    std::vector<std::uint64_t> dense_;  // grown on demand up to the highest bucket used
    std::uint64_t count_ = 0, sum_ = 0, min_ = 0, max_ = 0;
};

}  // namespace culvert::metrics
