// One Set-Cookie header (RFC 6265, 5.2), as far as a load test needs it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/base/clock.h"

namespace culvert::agent::http {

struct SetCookie {
    std::string name, value;
    std::string domain;               // lower case, without a leading dot; empty: only the host that set it
    std::string path;                 // begins with "/"; empty: the default of the request's path
    std::optional<WallTime> expires;  // none: lives as long as the user
    bool secure = false;

    friend bool operator==(const SetCookie&, const SetCookie&) = default;
};

// nullopt: not a cookie, or larger than kLargestCookie.
inline constexpr std::size_t kLargestCookie = 4096;
std::optional<SetCookie> parse_set_cookie(std::string_view header, WallTime now);
// The dates that servers send: "Wed, 21 Oct 2015 07:28:00 GMT" and its older forms, read as RFC 6265, 5.1.1 says.
std::optional<WallTime> parse_cookie_date(std::string_view text);

}  // namespace culvert::agent::http
