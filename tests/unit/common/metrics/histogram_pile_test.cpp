#include "common/metrics/histogram_pile.h"

#include <memory>
#include <vector>

#include <rapidcheck.h>
#include <catch2/catch.hpp>

namespace culvert::metrics {
namespace {

Histogram of(const std::vector<std::uint64_t>& values) {
    Histogram histogram;
    for (const std::uint64_t value : values) histogram.record_micros(value);
    return histogram;
}

TEST_CASE("a pile is what merging one by one gives, to the last bit, and leaves nothing behind", "[metrics]") {
    const auto scratch = std::make_unique<HistogramSum>();
    CHECK(rc::check([&scratch] {
        const auto parts = *rc::gen::container<std::vector<std::vector<std::uint64_t>>>(
            rc::gen::container<std::vector<std::uint64_t>>(rc::gen::inRange<std::uint64_t>(0, 40'000'000)));
        Histogram merged;
        HistogramPile pile;
        for (const auto& values : parts) {
            merged.merge(of(values));
            pile.add(of(values), *scratch);
        }
        const Histogram taken = pile.take(*scratch);
        RC_ASSERT(taken == merged);
        RC_ASSERT(taken.encode() == merged.encode());
        RC_ASSERT(taken.memory_bytes() == merged.memory_bytes());
        RC_ASSERT(pile.take(*scratch) == Histogram());
        RC_ASSERT(scratch->take() == Histogram());
    }));
}

TEST_CASE("a pile sums up in between, so that what waits is bounded, and mixes with large histograms", "[metrics]") {
    HistogramSum scratch;
    HistogramPile pile;
    Histogram wide, merged;
    for (std::uint64_t value = 0; value < 5000; ++value) wide.record_micros(value * 7);
    for (std::uint64_t i = 0; i < 3 * HistogramPile::kMostWaiting; ++i) {
        const Histogram small = of({i % 100, i * 11});
        merged.merge(small);
        pile.add(small, scratch);
        if (i % 5000 != 0) continue;
        merged.merge(wide);
        pile.add(wide, scratch);
    }
    const Histogram taken = pile.take(scratch);
    CHECK(taken == merged);
    CHECK(taken.memory_bytes() == merged.memory_bytes());
    CHECK(taken.min_micros() == 0);
}

}  // namespace
}  // namespace culvert::metrics
