#include "common/metrics/histogram.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <rapidcheck.h>
#include <catch2/catch.hpp>

namespace culvert::metrics {
namespace {

Histogram of(const std::vector<std::uint64_t>& values) {
    Histogram histogram;
    for (const std::uint64_t value : values) histogram.record_micros(value);
    return histogram;
}

// Latencies over all magnitudes from 0 to two hours.
rc::Gen<std::vector<std::uint64_t>> latencies() {
    const auto one = rc::gen::map(rc::gen::pair(rc::gen::inRange(0, 33), rc::gen::arbitrary<std::uint64_t>()),
                                  [](const auto& p) { return p.second & ((std::uint64_t{1} << p.first) - 1); });
    return rc::gen::container<std::vector<std::uint64_t>>(one);
}

// The value with the given rank, as the definition of a percentile says.
std::uint64_t exact_percentile(std::vector<std::uint64_t> values, double percent) {
    std::sort(values.begin(), values.end());
    const auto rank = static_cast<std::size_t>(std::ceil(percent / 100 * static_cast<double>(values.size()) - 1e-9));
    return std::min(values[std::max<std::size_t>(rank, 1) - 1], Histogram::kLargestMicros);
}

TEST_CASE("every bucket follows the one before it without gap or overlap", "[metrics]") {
    for (std::uint32_t bucket = 0; bucket < kBuckets; ++bucket) {
        const std::uint64_t low = bucket_low(bucket), high = bucket_high(bucket);
        if (bucket > 0 && low != bucket_high(bucket - 1) + 1) FAIL("gap before bucket " << bucket);
        if (bucket_of(low) != bucket || bucket_of(high) != bucket)
            FAIL("bucket " << bucket << " does not hold its own bounds");
        if ((high - low) * 1000 > std::max<std::uint64_t>(low, 1)) FAIL("bucket " << bucket << " is wider than 0.1 %");
    }
    CHECK(bucket_high(kBuckets - 1) == Histogram::kLargestMicros);
}

TEST_CASE("percentiles are within 0.1 % of the exact ones", "[metrics]") {
    CHECK(rc::check([] {
        const auto values = *rc::gen::nonEmpty(latencies());
        const Histogram histogram = of(values);
        for (const double percent : {0.0, 1.0, 50.0, 90.0, 99.0, 99.9, 100.0}) {
            const std::uint64_t exact = exact_percentile(values, percent), found = histogram.percentile_micros(percent);
            RC_ASSERT(found >= exact);
            RC_ASSERT(found - exact <= exact / 1000);
        }
    }));
}

TEST_CASE("count, min, max and mean are exact", "[metrics]") {
    CHECK(rc::check([] {
        const auto values = *rc::gen::nonEmpty(latencies());
        const Histogram histogram = of(values);
        auto kept = values;
        for (auto& value : kept) value = std::min(value, Histogram::kLargestMicros);
        RC_ASSERT(histogram.count() == kept.size());
        RC_ASSERT(histogram.min_micros() == *std::min_element(kept.begin(), kept.end()));
        RC_ASSERT(histogram.max_micros() == *std::max_element(kept.begin(), kept.end()));
        const std::uint64_t sum = std::accumulate(kept.begin(), kept.end(), std::uint64_t{0});
        RC_ASSERT(histogram.mean_micros() == static_cast<double>(sum) / static_cast<double>(kept.size()));
    }));
}

TEST_CASE("merging commutes, associates and equals recording everything in one", "[metrics]") {
    CHECK(rc::check([] {
        const auto a = *latencies(), b = *latencies(), c = *latencies();
        Histogram ab = of(a), ba = of(b);
        ab.merge(of(b));
        ba.merge(of(a));
        RC_ASSERT(ab == ba);

        Histogram left = ab, bc = of(b), right = of(a);
        left.merge(of(c));
        bc.merge(of(c));
        right.merge(bc);
        RC_ASSERT(left == right);

        auto all = a;
        all.insert(all.end(), b.begin(), b.end());
        all.insert(all.end(), c.begin(), c.end());
        RC_ASSERT(left == of(all));
    }));
}

TEST_CASE("a histogram with many buckets merges like one with few", "[metrics]") {
    Histogram wide, narrow;
    for (std::uint64_t value = 0; value < 5000; ++value) wide.record_micros(value * 7);
    for (std::uint64_t value = 0; value < 100; ++value) narrow.record_micros(value * 1000);
    Histogram one = wide, other = narrow;
    one.merge(narrow);
    other.merge(wide);
    CHECK(one == other);
    CHECK(one.count() == 5100);
    CHECK(one.percentile_micros(100) == 99000);
}

TEST_CASE("counts beyond 32 bits survive", "[metrics]") {
    Histogram histogram;
    histogram.record_micros(5, 3'000'000'000);
    Histogram twice = histogram;
    twice.merge(histogram);
    histogram.record_micros(5, 3'000'000'000);
    CHECK(twice == histogram);
    CHECK(twice.count() == 6'000'000'000);
    CHECK(twice.buckets().front().count == 6'000'000'000);
}

TEST_CASE("an empty histogram answers zero everywhere", "[metrics]") {
    const Histogram histogram;
    CHECK(histogram.empty());
    CHECK(histogram.percentile_micros(99) == 0);
    CHECK(histogram.min_micros() == 0);
    CHECK(histogram.mean_micros() == 0);
    CHECK(histogram.stddev_micros() == 0);
    CHECK(histogram.count_up_to_micros(1000) == 0);
}

TEST_CASE("99.9 percent of a thousand values leaves exactly one above", "[metrics]") {
    Histogram histogram;
    for (std::uint64_t value = 1; value <= 1000; ++value) histogram.record_micros(value);
    CHECK(histogram.percentile_micros(99.9) == 999);
    CHECK(histogram.percentile_micros(50) == 500);
    CHECK(histogram.count_up_to_micros(250) == 250);
    CHECK(histogram.stddev_micros() == Approx(288.675).epsilon(0.001));
}

TEST_CASE("a count beyond the precision of a double leaves the last percentile at the greatest value", "[metrics]") {
    Histogram histogram;
    histogram.record_micros(1, std::uint64_t{1} << 60);
    histogram.record_micros(100);
    CHECK(histogram.percentile_micros(100) == 100);
    CHECK(histogram.percentile_micros(50) == 1);
}

TEST_CASE("a negative or enormous duration is recorded at the edge", "[metrics]") {
    Histogram histogram;
    histogram.record(Duration(-5));
    histogram.record(std::chrono::hours(9));
    CHECK(histogram.min_micros() == 0);
    CHECK(histogram.max_micros() == Histogram::kLargestMicros);
}

}  // namespace
}  // namespace culvert::metrics
