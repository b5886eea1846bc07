// A histogram as it comes from another machine: what is accepted is exactly what would be written, and merging it
// changes nothing else.
#include <cstdint>
#include <string_view>

#include "common/base/check.h"
#include "common/metrics/histogram.h"

using namespace culvert;
using metrics::Histogram;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const auto decoded = Histogram::decode(input);
    if (!decoded) return 0;
    CULVERT_CHECK(decoded->encode() == input);
    CULVERT_CHECK(decoded->min_micros() <= decoded->percentile_micros(50) || decoded->empty());
    CULVERT_CHECK(decoded->percentile_micros(50) <= decoded->percentile_micros(99.9));
    CULVERT_CHECK(decoded->percentile_micros(100) == decoded->max_micros());
    CULVERT_CHECK(decoded->count_up_to_micros(Histogram::kLargestMicros) == decoded->count());
    Histogram merged;
    merged.merge(*decoded);
    CULVERT_CHECK(merged == *decoded);
    return 0;
}
