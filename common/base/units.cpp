#include "common/base/units.h"

#include <array>
#include <charconv>
#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "common/base/text.h"

namespace culvert {
namespace {

struct Unit {
    std::string_view name;
    std::int64_t factor;
};

constexpr std::array kDurationUnits{Unit{"d", 86'400'000'000'000},
                                    Unit{"h", 3'600'000'000'000},
                                    Unit{"m", 60'000'000'000},
                                    Unit{"s", 1'000'000'000},
                                    Unit{"ms", 1'000'000},
                                    Unit{"us", 1'000},
                                    Unit{"µs", 1'000},
                                    Unit{"ns", 1}};
constexpr std::array kByteUnits{
    Unit{"B", 1},         Unit{"kB", 1'000},    Unit{"MB", 1'000'000}, Unit{"GB", 1'000'000'000},
    Unit{"KiB", 1 << 10}, Unit{"MiB", 1 << 20}, Unit{"GiB", 1 << 30}};
constexpr std::array kRateUnits{Unit{"s", 3'600'000}, Unit{"m", 60'000}, Unit{"h", 1'000}};

constexpr std::int64_t kLongestDuration = 3650LL * 86'400'000'000'000;
constexpr std::int64_t kHighestRate = 100'000'000LL * 3'600'000;
constexpr std::int64_t kMostBytes = 1LL << 50;

// A decimal number as integer and scale, so that 0.1 stays exact: "12.5" is {125, 10}.
struct Decimal {
    std::int64_t digits = 0;
    std::int64_t scale = 1;
};

std::optional<Decimal> take_decimal(std::string_view& text) {
    Decimal number;
    bool any = false;
    bool fraction = false;
    while (!text.empty()) {
        const char c = text.front();
        if (c == '.' && !fraction) {
            fraction = true;
        } else if (c >= '0' && c <= '9') {
            if (number.digits > 100'000'000'000'000LL) return std::nullopt;
            number.digits = number.digits * 10 + (c - '0');
            if (fraction) number.scale *= 10;
            any = true;
        } else {
            break;
        }
        text.remove_prefix(1);
    }
    if (!any) return std::nullopt;
    return number;
}

template <std::size_t N>
std::optional<std::int64_t> factor_of(std::string_view name, const std::array<Unit, N>& units) {
    for (const Unit& unit : units) {
        if (unit.name == name) return unit.factor;
    }
    return std::nullopt;
}

// digits / scale × factor, or nothing when it is beyond `limit`.
std::optional<std::int64_t> scaled(Decimal number, std::int64_t factor, std::int64_t limit) {
    __extension__ using Wide = __int128;
    const Wide value = static_cast<Wide>(number.digits) * factor / number.scale;
    if (value > limit) return std::nullopt;
    return static_cast<std::int64_t>(value);
}

std::string_view take_letters(std::string_view& text) {
    std::size_t length = 0;
    while (length < text.size() && !(text[length] >= '0' && text[length] <= '9') && text[length] != '.') ++length;
    const std::string_view letters = text.substr(0, length);
    text.remove_prefix(length);
    return letters;
}

}  // namespace

Result<Duration> parse_duration(std::string_view whole) {
    std::string_view text = whole;
    std::int64_t total = 0;
    if (text == "0") return Duration{0};
    do {
        const auto number = take_decimal(text);
        if (!number)
            return fail(
                Code::InvalidInput,
                fmt::format("\"{}\" is not a duration; write for example 250ms, 25s or 5m30s", excerpt(whole, 40)));
        const std::string_view name = take_letters(text);
        if (name.empty())
            return fail(Code::InvalidInput,
                        fmt::format("\"{0}\" has no unit; write {0}s or {0}ms", excerpt(whole, 40)));
        const auto factor = factor_of(name, kDurationUnits);
        if (!factor)
            return fail(Code::InvalidInput, fmt::format("\"{}\": unknown unit \"{}\"; use ns, us, ms, s, m, h or d",
                                                        excerpt(whole, 40), excerpt(name, 10)));
        const auto part = scaled(*number, *factor, kLongestDuration);
        if (!part || total + *part > kLongestDuration)
            return fail(Code::InvalidInput, fmt::format("\"{}\" is longer than 10 years", excerpt(whole, 40)));
        total += *part;
    } while (!text.empty());
    return Duration{total};
}

Result<Bytes> parse_bytes(std::string_view whole) {
    std::string_view text = whole;
    const auto number = take_decimal(text);
    if (!number)
        return fail(Code::InvalidInput,
                    fmt::format("\"{}\" is not a size; write for example 16KiB or 4MiB", excerpt(whole, 40)));
    if (text.empty())
        return fail(Code::InvalidInput, fmt::format("\"{0}\" has no unit; write {0}B or {0}KiB", excerpt(whole, 40)));
    const auto factor = factor_of(trim(text), kByteUnits);
    if (!factor)
        return fail(Code::InvalidInput, fmt::format("\"{}\": unknown unit \"{}\"; use B, kB, MB, GB, KiB, MiB or GiB",
                                                    excerpt(whole, 40), excerpt(text, 10)));
    const auto value = scaled(*number, *factor, kMostBytes);
    if (!value) return fail(Code::InvalidInput, fmt::format("\"{}\" is too large", excerpt(whole, 40)));
    return Bytes{static_cast<std::uint64_t>(*value)};
}

Result<Rate> parse_rate(std::string_view whole) {
    std::string_view text = whole;
    const auto number = take_decimal(text);
    if (!number)
        return fail(Code::InvalidInput,
                    fmt::format("\"{}\" is not a rate; write for example 200/s, 30/m or 2/h", excerpt(whole, 40)));
    if (text.empty() || text.front() != '/') {
        return fail(Code::InvalidInput,
                    fmt::format("\"{0}\" has no unit; write {0}/s, {0}/m or {0}/h", excerpt(whole, 40)));
    }
    text.remove_prefix(1);
    const auto factor = factor_of(text, kRateUnits);
    if (!factor)
        return fail(Code::InvalidInput, fmt::format("\"{}\": unknown unit \"/{}\"; use /s, /m or /h",
                                                    excerpt(whole, 40), excerpt(text, 10)));
    const auto value = scaled(*number, *factor, kHighestRate);
    if (!value) return fail(Code::InvalidInput, fmt::format("\"{}\" is more than 100000000/s", excerpt(whole, 40)));
    if (number->digits > 0 && *value == 0)
        return fail(Code::InvalidInput, fmt::format("\"{}\" is less than 0.001/h", excerpt(whole, 40)));
    return Rate{*value};
}

std::string to_string(Duration duration) {
    if (duration.count() == 0) return "0s";
    std::int64_t rest = duration.count();
    std::string out;
    if (rest < 0) {
        out = "-";
        rest = -rest;
    }
    for (const Unit& unit : kDurationUnits) {
        if (unit.name == "µs" || rest < unit.factor) continue;
        out += fmt::format("{}{}", rest / unit.factor, unit.name);
        rest %= unit.factor;
    }
    return out;
}

std::string to_string(Bytes bytes) {
    const std::array<Unit, 4> by_size{Unit{"GiB", 1 << 30}, Unit{"MiB", 1 << 20}, Unit{"KiB", 1 << 10}, Unit{"B", 1}};
    for (const Unit& unit : by_size) {
        const auto factor = static_cast<std::uint64_t>(unit.factor);
        if (bytes.count >= factor && bytes.count % factor == 0)
            return fmt::format("{}{}", bytes.count / factor, unit.name);
    }
    return "0B";
}

std::string to_string(Rate rate) {
    for (const Unit& unit : kRateUnits) {
        if (rate.milli_per_hour % unit.factor == 0)
            return fmt::format("{}/{}", rate.milli_per_hour / unit.factor, unit.name);
    }
    return fmt::format("{}/h", static_cast<double>(rate.milli_per_hour) / 1000.0);
}

}  // namespace culvert
