// Names and encodings that several parts of the report share.
#include <array>
#include <chrono>
#include <ctime>

#include <fmt/format.h>

#include "controller/report/report_document.h"

namespace culvert::report {

std::string utc_text(WallTime time) {
    const auto millis = std::chrono::floor<std::chrono::milliseconds>(time).time_since_epoch().count();
    const std::int64_t part = ((millis % 1000) + 1000) % 1000;
    const auto seconds = static_cast<std::time_t>((millis - part) / 1000);
    std::tm utc{};
    gmtime_r(&seconds, &utc);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday,
                       utc.tm_hour, utc.tm_min, utc.tm_sec, part);
}

std::string base64(std::string_view bytes) {
    constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    out.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t at = 0; at < bytes.size(); at += 3) {
        const std::size_t left = bytes.size() - at;
        std::uint32_t word = 0;
        for (std::size_t i = 0; i < 3; ++i)
            word = word << 8 | (i < left ? static_cast<unsigned char>(bytes[at + i]) : 0U);
        for (std::size_t i = 0; i < 4; ++i) out += i <= left ? kAlphabet[word >> (18 - 6 * i) & 63] : '=';
    }
    return out;
}

std::optional<std::string> from_base64(std::string_view text) {
    if (text.size() % 4 != 0) return std::nullopt;
    const auto value_of = [](char c) -> int {
        if (c >= 'A' && c <= 'Z') return c - 'A';
        if (c >= 'a' && c <= 'z') return c - 'a' + 26;
        if (c >= '0' && c <= '9') return c - '0' + 52;
        return c == '+' ? 62 : c == '/' ? 63 : -1;
    };
    std::string out;
    out.reserve(text.size() / 4 * 3);
    for (std::size_t at = 0; at < text.size(); at += 4) {
        const bool last = at + 4 == text.size();
        const std::size_t padding = last ? (text[at + 3] == '=' ? (text[at + 2] == '=' ? 2U : 1U) : 0U) : 0U;
        std::uint32_t word = 0;
        for (std::size_t i = 0; i < 4; ++i) {
            const int value = i < 4 - padding ? value_of(text[at + i]) : 0;
            if (value < 0) return std::nullopt;
            word = word << 6 | static_cast<std::uint32_t>(value);
        }
        for (std::size_t i = 0; i < 3 - padding; ++i) out += static_cast<char>(word >> (16 - 8 * i) & 255);
    }
    return out;
}

std::string step_name(const results::RunResult& result, std::size_t scenario, std::size_t step) {
    if (!result.plan || scenario >= result.plan->scenarios.size()) return fmt::format("step {}", step + 1);
    const std::vector<std::string>& names = result.plan->scenarios[scenario].request_names;
    return step < names.size() ? names[step] : fmt::format("step {}", step + 1);
}

}  // namespace culvert::report
