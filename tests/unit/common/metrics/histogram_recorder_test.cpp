#include "common/metrics/histogram_recorder.h"

#include <memory>

#include <rapidcheck.h>
#include <catch2/catch.hpp>

namespace culvert::metrics {
namespace {

TEST_CASE("the recorder of the hot path gives the same histogram", "[metrics]") {
    const auto recorder = std::make_unique<HistogramRecorder>();
    CHECK(rc::check([&recorder] {
        const auto values = *rc::gen::container<std::vector<std::uint32_t>>(rc::gen::arbitrary<std::uint32_t>());
        Histogram expected;
        for (const std::uint32_t value : values) {
            expected.record_micros(value);
            recorder->record_micros(value);
        }
        RC_ASSERT(recorder->take() == expected);
        RC_ASSERT(recorder->empty());
    }));
}

TEST_CASE("what was taken is not taken again", "[metrics]") {
    const auto recorder = std::make_unique<HistogramRecorder>();
    recorder->record(std::chrono::milliseconds(7));
    CHECK(recorder->take().count() == 1);
    CHECK(recorder->take().empty());
    recorder->record(Duration(-1));
    const Histogram taken = recorder->take();
    CHECK(taken.count() == 1);
    CHECK(taken.max_micros() == 0);
}

}  // namespace
}  // namespace culvert::metrics
