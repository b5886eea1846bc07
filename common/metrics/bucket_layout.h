// Which bucket a latency falls into: values below 2048 µs have a bucket each, every further power of two has 1024.
// Bucket width is at most 1/1024 of the value (0.098 %).
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace culvert::metrics {

inline constexpr std::uint64_t kLargestRecordedMicros =
    3'600'000'000;  // one hour; larger values are recorded as this one
inline constexpr std::uint32_t kExactBuckets = 2048;
inline constexpr std::uint32_t kBucketsPerPower = 1024;
inline constexpr int kExactBits = 11;

constexpr std::uint32_t bucket_of(std::uint64_t micros) {
    const std::uint64_t value = std::min(micros, kLargestRecordedMicros);
    if (value < kExactBuckets) return static_cast<std::uint32_t>(value);
    const int power = 63 - std::countl_zero(value);  // at least kExactBits
    const auto place = static_cast<std::uint32_t>(value >> (power - kExactBits + 1)) - kBucketsPerPower;
    return kExactBuckets + static_cast<std::uint32_t>(power - kExactBits) * kBucketsPerPower + place;
}

inline constexpr std::uint32_t kBuckets = bucket_of(kLargestRecordedMicros) + 1;

constexpr std::uint64_t bucket_low(std::uint32_t bucket) {
    if (bucket < kExactBuckets) return bucket;
    const std::uint32_t above = bucket - kExactBuckets;
    const int shift = static_cast<int>(above / kBucketsPerPower) + 1;
    return static_cast<std::uint64_t>(kBucketsPerPower + above % kBucketsPerPower) << shift;
}

constexpr std::uint64_t bucket_high(std::uint32_t bucket) {
    if (bucket < kExactBuckets) return bucket;
    const int shift = static_cast<int>((bucket - kExactBuckets) / kBucketsPerPower) + 1;
    return std::min(bucket_low(bucket) + (std::uint64_t{1} << shift) - 1, kLargestRecordedMicros);
}

}  // namespace culvert::metrics
