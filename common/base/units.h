// Quantities as users write them ("250ms", "16KiB", "200/s") and as the code carries them: never as bare numbers.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/result.h"

namespace culvert {

using Duration = std::chrono::nanoseconds;

struct Bytes {
    std::uint64_t count = 0;
    friend auto operator<=>(const Bytes&, const Bytes&) = default;
};

// Iterations started per unit of time, held as an integer (thousandths of an iteration per hour), so that
// "200/s", "0.5/s", "30/m" and "2/h" are all exact and slot counts need no floating point. At most 100 million/s.
struct Rate {
    std::int64_t milli_per_hour = 0;

    static constexpr Rate per_second(std::int64_t count) { return Rate{count * 3'600'000}; }
    double per_second() const { return static_cast<double>(milli_per_hour) / 3'600'000.0; }
    friend auto operator<=>(const Rate&, const Rate&) = default;
};

// "1.5s", "250ms", "5m30s", "2h": a number with a unit of ns us ms s m h d, or a chain of them. A bare number is an
// error that says which unit to write; so are negative numbers and more than 10 years.
Result<Duration> parse_duration(std::string_view text);
// "16KiB", "4MiB", "1kB", "100B" (B kB MB GB KiB MiB GiB).
Result<Bytes> parse_bytes(std::string_view text);
// "200/s", "0.5/s", "30/m", "2/h".
Result<Rate> parse_rate(std::string_view text);

// The shortest text that parses back to the same value: "5m30s", "250ms".
std::string to_string(Duration duration);
std::string to_string(Bytes bytes);
std::string to_string(Rate rate);

}  // namespace culvert
