// Numbers as people read them, everywhere the same: 3 significant digits, the unit beside, grouping, and a dash for
// what is not known.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace culvert::report {

inline constexpr std::string_view kUnknown = "–";

std::string count_text(std::uint64_t count);  // 63,000
// At most `digits` significant ones, without trailing zeros: 118, 41.3, 1.2, 0.0133.
std::string significant_text(double value, int digits = 3);
std::string latency_text(double micros);             // 62 µs, 6.02 ms, 118 ms, 1.2 s, 2 min 5 s
std::string milliseconds_text(double milliseconds);  // the same of milliseconds
std::string rate_text(double per_second);            // 199.8, 12,400: one decimal below 1000; the unit is the caller's
std::string percent_text(double ratio);              // 1.33 %, 0 %
std::string share_text(double ratio);                // for columns: 0.0 %, <0.1 %, 2.6 %, 31.0 %
std::string bytes_text(std::uint64_t bytes);         // 12.3 MB
std::string clock_text(double seconds);              // 03:32, 1:02:03
std::string age_text(double seconds);                // 30 s, 5 min, 3 h, 2 d

}  // namespace culvert::report
