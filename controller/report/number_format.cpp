#include "controller/report/number_format.h"

#include <array>
#include <cmath>

#include <fmt/format.h>

namespace culvert::report {
namespace {

std::string grouped(std::string digits) {
    for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3)
        digits.insert(static_cast<std::size_t>(at), ",");
    return digits;
}

// The value with `decimals`, grouped before the point, without trailing zeros behind it.
std::string fixed_text(double value, int decimals) {
    std::string text = fmt::format("{:.{}f}", value, decimals);
    const std::size_t point = text.find('.');
    std::string fraction = point == std::string::npos ? "" : text.substr(point);
    while (!fraction.empty() && (fraction.back() == '0' || fraction.back() == '.')) fraction.pop_back();
    return grouped(text.substr(0, point)) + fraction;
}

}  // namespace

std::string count_text(std::uint64_t count) {
    return grouped(fmt::format("{}", count));
}

std::string significant_text(double value, int digits) {
    if (!std::isfinite(value)) return std::string(kUnknown);
    if (value == 0) return "0";
    const std::string sign = value < 0 ? "−" : "";
    const double size = std::fabs(value);
    int decimals = digits - 1 - static_cast<int>(std::floor(std::log10(size)));
    // 9.996 has to become 10, not 10.00: look at the rounded value once more.
    const double step = std::pow(10.0, -decimals);
    const double rounded = std::round(size / step) * step;
    decimals = digits - 1 - static_cast<int>(std::floor(std::log10(rounded) + 1e-12));
    return sign + fixed_text(rounded, decimals < 0 ? 0 : decimals);
}

std::string latency_text(double micros) {
    if (!std::isfinite(micros)) return std::string(kUnknown);
    if (std::fabs(micros) < 999.5) return significant_text(micros) + " µs";
    if (std::fabs(micros) < 999'500) return significant_text(micros / 1e3) + " ms";
    if (std::fabs(micros) < 119'500'000) return significant_text(micros / 1e6) + " s";
    const auto seconds = static_cast<std::int64_t>(std::llround(micros / 1e6));
    return fmt::format("{} min {} s", seconds / 60, seconds % 60);
}

std::string milliseconds_text(double milliseconds) {
    return latency_text(milliseconds * 1000);
}

std::string rate_text(double per_second) {
    if (!std::isfinite(per_second)) return std::string(kUnknown);
    if (per_second >= 999.95) return count_text(static_cast<std::uint64_t>(std::llround(per_second)));
    if (per_second > 0 && per_second < 0.1) return significant_text(per_second, 2);
    return fmt::format("{:.1f}", per_second);
}

std::string percent_text(double ratio) {
    if (!std::isfinite(ratio)) return std::string(kUnknown);
    return significant_text(ratio * 100) + " %";
}

std::string share_text(double ratio) {
    if (!std::isfinite(ratio)) return std::string(kUnknown);
    if (ratio > 0 && ratio < 0.0005) return "<0.1 %";
    return fmt::format("{:.1f} %", ratio * 100);
}

std::string bytes_text(std::uint64_t bytes) {
    constexpr std::array kUnits{" B", " kB", " MB", " GB", " TB", " PB"};
    auto value = static_cast<double>(bytes);
    std::size_t unit = 0;
    while (value >= 999.5 && unit + 1 < kUnits.size()) {
        value /= 1000;
        ++unit;
    }
    return significant_text(value) + kUnits[unit];
}

std::string clock_text(double seconds) {
    if (!std::isfinite(seconds)) return std::string(kUnknown);
    const auto whole = static_cast<std::int64_t>(std::floor(std::fabs(seconds)));
    const char* sign = seconds < 0 && whole > 0 ? "−" : "";
    if (whole < 3600) return fmt::format("{}{:02}:{:02}", sign, whole / 60, whole % 60);
    return fmt::format("{}{}:{:02}:{:02}", sign, whole / 3600, whole / 60 % 60, whole % 60);
}

std::string age_text(double seconds) {
    if (!std::isfinite(seconds) || seconds < 0) return std::string(kUnknown);
    const auto whole = static_cast<std::int64_t>(seconds);
    if (whole < 120) return fmt::format("{} s", whole);
    if (whole < 2 * 3600) return fmt::format("{} min", whole / 60);
    if (whole < 48 * 3600) return fmt::format("{} h", whole / 3600);
    return fmt::format("{} d", whole / 86400);
}

}  // namespace culvert::report
