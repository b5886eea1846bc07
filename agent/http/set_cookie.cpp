#include "agent/http/set_cookie.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "common/base/text.h"

namespace culvert::agent::http {
namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// A number of at most `most` digits at the front of `text`; it is taken off.
std::optional<int> take_number(std::string_view& text, std::size_t most) {
    std::size_t count = 0;
    while (count < text.size() && is_digit(text[count])) ++count;
    if (count == 0 || count > most) return std::nullopt;
    int value = 0;
    std::from_chars(text.data(), text.data() + count, value);
    text.remove_prefix(count);
    return value;
}

struct DateParts {
    std::optional<int> hour, minute, second, day, month, year;
};

bool take_time(std::string_view token, DateParts& parts) {
    const auto hour = take_number(token, 2);
    if (!hour || token.empty() || token.front() != ':') return false;
    token.remove_prefix(1);
    const auto minute = take_number(token, 2);
    if (!minute || token.empty() || token.front() != ':') return false;
    token.remove_prefix(1);
    const auto second = take_number(token, 2);
    if (!second) return false;
    parts.hour = hour, parts.minute = minute, parts.second = second;
    return true;
}

std::optional<int> month_of(std::string_view token) {
    static constexpr std::array<std::string_view, 12> kMonths{"jan", "feb", "mar", "apr", "may", "jun",
                                                              "jul", "aug", "sep", "oct", "nov", "dec"};
    const std::string start = to_lower_ascii(token.substr(0, 3));
    const auto found = std::find(kMonths.begin(), kMonths.end(), start);
    if (found == kMonths.end()) return std::nullopt;
    return static_cast<int>(found - kMonths.begin()) + 1;
}

void take_token(std::string_view token, DateParts& parts) {
    if (!parts.hour && take_time(token, parts)) return;
    std::string_view rest = token;
    if (!parts.day) {
        if (const auto day = take_number(rest, 2); day && (rest.empty() || !is_digit(rest.front()))) {
            parts.day = day;
            return;
        }
    }
    if (!parts.month) {
        if ((parts.month = month_of(token))) return;
    }
    rest = token;
    if (!parts.year) {
        if (const auto year = take_number(rest, 4))
            parts.year = *year >= 70 && *year <= 99 ? *year + 1900 : *year <= 69 ? *year + 2000 : *year;
    }
}

bool take_max_age(std::string_view value, WallTime now, std::optional<WallTime>& expires) {
    std::int64_t seconds = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), seconds);
    if (end != value.data() + value.size() || (error != std::errc() && error != std::errc::result_out_of_range) ||
        value.empty())
        return false;
    constexpr std::int64_t kYear = 366 * 86'400;
    if (error == std::errc::result_out_of_range) seconds = value.front() == '-' ? -1 : kYear;
    expires = seconds <= 0 ? WallTime{} : now + std::chrono::seconds(std::min(seconds, 10 * kYear));
    return true;
}

}  // namespace

std::optional<WallTime> parse_cookie_date(std::string_view text) {
    DateParts parts;
    const auto is_delimiter = [](char c) {
        return !is_digit(c) && c != ':' && !(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z');
    };
    while (!text.empty()) {
        const auto end = static_cast<std::size_t>(std::find_if(text.begin(), text.end(), is_delimiter) - text.begin());
        if (end > 0) take_token(text.substr(0, end), parts);
        text.remove_prefix(std::min(text.size(), end + 1));
    }
    if (!parts.hour || !parts.day || !parts.month || !parts.year) return std::nullopt;
    if (*parts.hour > 23 || *parts.minute > 59 || *parts.second > 59 || *parts.year < 1601) return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year(std::clamp(*parts.year, 1970, 2200)),
                                           std::chrono::month(static_cast<unsigned>(*parts.month)),
                                           std::chrono::day(static_cast<unsigned>(*parts.day))};
    if (!date.ok()) return std::nullopt;
    return WallTime(std::chrono::sys_days(date)) + std::chrono::hours(*parts.hour) +
           std::chrono::minutes(*parts.minute) + std::chrono::seconds(*parts.second);
}

std::optional<SetCookie> parse_set_cookie(std::string_view header, WallTime now) {
    if (header.size() > kLargestCookie) return std::nullopt;
    const auto parts = split(header, ';');
    const std::size_t equals = parts[0].find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    SetCookie cookie;
    cookie.name = trim(parts[0].substr(0, equals));
    cookie.value = trim(parts[0].substr(equals + 1));
    if (cookie.name.empty()) return std::nullopt;
    bool has_max_age = false;
    for (std::size_t i = 1; i < parts.size(); ++i) {
        const std::size_t at = parts[i].find('=');
        const std::string key = to_lower_ascii(trim(parts[i].substr(0, at)));
        const std::string_view value =
            at == std::string_view::npos ? std::string_view() : trim(parts[i].substr(at + 1));
        if (key == "domain") {
            cookie.domain = to_lower_ascii(!value.empty() && value.front() == '.' ? value.substr(1) : value);
        } else if (key == "path") {
            cookie.path = !value.empty() && value.front() == '/' ? std::string(value) : std::string();
        } else if (key == "secure") {
            cookie.secure = true;
        } else if (key == "max-age") {
            has_max_age = take_max_age(value, now, cookie.expires) || has_max_age;
        } else if (key == "expires" && !has_max_age) {
            if (const auto date = parse_cookie_date(value)) cookie.expires = date;
        }
    }
    return cookie;
}

}  // namespace culvert::agent::http
