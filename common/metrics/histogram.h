// Latency histogram, log-linear with 3 significant digits: 1 µs to 1 h, worst error 0.1 %. Merging is lossless, commutative and associative.
// Layout (after HdrHistogram, Gil Tene): values below 2048 µs are exact; each further power of two has 1024 sub-buckets.
//
// Encoded: version:u8(=1) then for every non-empty bucket, ascending: varint(gap to the previous index) varint(count); total size is bounded
// by kMostEncodedBytes; then nothing else. min, max and sum are carried as three leading varints (µs), so that they stay exact.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/base/units.h"

namespace culvert::metrics {

// Value type. Not thread-safe. About 90 KB when anything above 2 ms was recorded; an empty one owns no memory.
class Histogram {
  public:
    static constexpr std::uint64_t kLargestMicros = 3'600'000'000;  // larger values are recorded as this one

    void record_micros(std::uint64_t micros, std::uint64_t times = 1);
    void record(Duration value) { record_micros(value.count() < 0 ? 0 : static_cast<std::uint64_t>(value.count() / 1000)); }
    void merge(const Histogram& other);
    void clear();

    bool empty() const { return count_ == 0; }
    std::uint64_t count() const { return count_; }
    std::uint64_t min_micros() const { return count_ == 0 ? 0 : min_; }  // exact
    std::uint64_t max_micros() const { return max_; }                    // exact
    double mean_micros() const;                                          // exact
    double stddev_micros() const;                                        // from the buckets
    // The smallest recorded bucket at or below which `percent` (0…100) of the values lie. 0 when empty. Never above max_micros().
    std::uint64_t percentile_micros(double percent) const;
    // Values at most this large.
    std::uint64_t count_up_to_micros(std::uint64_t micros) const;

    struct Bucket { std::uint64_t low_micros, high_micros, count; };  // inclusive bounds
    std::vector<Bucket> buckets() const;                              // non-empty ones, ascending

    std::string encode() const;
    static constexpr std::size_t kMostEncodedBytes = 512 << 10;
    static Result<Histogram> decode(std::string_view encoded);

    friend bool operator==(const Histogram&, const Histogram&);

  private:
    std::vector<std::uint64_t> counts_;  // grown on demand up to the highest index used
    std::uint64_t count_ = 0, sum_ = 0, min_ = 0, max_ = 0;
};

}  // namespace culvert::metrics
