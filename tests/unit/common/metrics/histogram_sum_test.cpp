#include "common/metrics/histogram_sum.h"

#include <rapidcheck.h>
#include <catch2/catch.hpp>

namespace culvert::metrics {
namespace {

TEST_CASE("a sum is what merging one by one gives, and leaves nothing behind", "[metrics]") {
    const auto sum = std::make_unique<HistogramSum>();
    CHECK(rc::check([&sum] {
        const auto parts = *rc::gen::container<std::vector<std::vector<std::uint64_t>>>(
            rc::gen::container<std::vector<std::uint64_t>>(rc::gen::inRange<std::uint64_t>(0, 40'000'000)));
        Histogram merged;
        for (const auto& values : parts) {
            Histogram part;
            for (const std::uint64_t value : values) part.record_micros(value);
            merged.merge(part);
            sum->add(part);
        }
        const Histogram taken = sum->take();
        RC_ASSERT(taken == merged);
        RC_ASSERT(taken.encode() == merged.encode());
        RC_ASSERT(sum->take() == Histogram());
    }));
}

TEST_CASE("a sum of more buckets than fit a list, or of counts beyond 32 bits, is as exact", "[metrics]") {
    HistogramSum sum;
    Histogram wide, merged;
    for (std::uint64_t value = 0; value < 5000; ++value) wide.record_micros(value * 7);
    wide.record_micros(3, 0xFFFF'FFFF);
    for (int i = 0; i < 3; ++i) {
        sum.add(wide);
        merged.merge(wide);
    }
    const Histogram taken = sum.take();
    CHECK(taken == merged);
    CHECK(taken.count() == 3 * (5000 + 0xFFFF'FFFFULL));
    CHECK(taken.max_micros() == 4999 * 7);
}

}  // namespace
}  // namespace culvert::metrics
