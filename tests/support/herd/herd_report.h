// What the program herd says about a return of all its links, read back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "common/base/units.h"

namespace culvert::test {

struct HerdReturn {
    int outage = 0;         // 0: the first arrival
    std::size_t links = 0;  // that had been lost
    Duration took{};        // from the first link that went down until all were up
    std::uint64_t attempts = 0;
    double handshake_p50_ms = 0, handshake_p99_ms = 0, handshake_max_ms = 0;
};

// The last one in its standard output, of which the last line may not be whole yet.
std::optional<HerdReturn> last_return(std::string_view herd_says);

}  // namespace culvert::test
