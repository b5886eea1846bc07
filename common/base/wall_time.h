// Wall-clock instants and spans as people read them in messages.
#pragma once

#include <cstdint>
#include <string>

#include "common/base/clock.h"
#include "common/base/units.h"

namespace culvert {

// "2026-03-01 12:00:05 UTC".
std::string utc_text(WallTime time);
// The two largest units at most, rounded: "3 h", "2 days 4 h", "40 s"; under a second "0 s". Signs are ignored.
std::string span_text(Duration span);

std::int64_t unix_seconds(WallTime time);
WallTime from_unix_seconds(std::int64_t seconds);  // clamped to what WallTime can hold

}  // namespace culvert
