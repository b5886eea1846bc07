#include "common/base/wall_time.h"

#include <algorithm>
#include <array>
#include <ctime>

#include <fmt/format.h>

namespace culvert {

std::string utc_text(WallTime time) {
    const std::time_t seconds = unix_seconds(time);
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02} UTC", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday,
                       parts.tm_hour, parts.tm_min, parts.tm_sec);
}

std::string span_text(Duration span) {
    struct Unit {
        std::int64_t seconds;
        const char* one;
        const char* many;
    };
    constexpr std::array kUnits{Unit{86'400, "day", "days"}, Unit{3'600, "h", "h"}, Unit{60, "min", "min"},
                                Unit{1, "s", "s"}};
    std::int64_t rest = std::abs(std::chrono::floor<std::chrono::seconds>(span < Duration{0} ? -span : span).count());
    // To the finest unit that will be shown: an invite of 24 h has not "23 h" left a second later.
    for (std::size_t i = 0; i + 1 < kUnits.size(); ++i) {
        if (rest < kUnits[i].seconds) continue;
        const std::int64_t shown = rest < 10 * kUnits[i].seconds ? kUnits[i + 1].seconds : kUnits[i].seconds;
        rest = (rest + shown / 2) / shown * shown;
        break;
    }
    for (std::size_t i = 0; i < kUnits.size(); ++i) {
        const Unit& unit = kUnits[i];
        const std::int64_t count = rest / unit.seconds;
        if (count == 0) continue;
        std::string text = fmt::format("{} {}", count, count == 1 ? unit.one : unit.many);
        rest %= unit.seconds;
        // A second unit only where the first is coarse: "1 day 4 h", but "12 days".
        if (i + 1 < kUnits.size() && count < 10) {
            const Unit& next = kUnits[i + 1];
            if (const std::int64_t fine = rest / next.seconds; fine > 0)
                text += fmt::format(" {} {}", fine, fine == 1 ? next.one : next.many);
        }
        return text;
    }
    return "0 s";
}

std::int64_t unix_seconds(WallTime time) {
    return std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count();
}

WallTime from_unix_seconds(std::int64_t seconds) {
    constexpr std::int64_t kMost = 9'000'000'000;  // nanoseconds in 64 bits end in the year 2262
    return WallTime{std::chrono::seconds{std::clamp<std::int64_t>(seconds, -kMost, kMost)}};
}

}  // namespace culvert
