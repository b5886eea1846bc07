// Absolute http and https URLs, as a request needs them: an origin to connect to and a target to ask for.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/result.h"

namespace culvert::agent::http {

struct Origin {
    bool tls = false;
    std::string host;  // lower case; IPv6 without brackets
    std::uint16_t port = 80;

    friend auto operator<=>(const Origin&, const Origin&) = default;
};

std::string to_string(const Origin& origin);    // "https://shop.acme.test:8443"
std::string host_header(const Origin& origin);  // "shop.acme.test:8443"; the scheme's own port is left out

struct Url {
    Origin origin;
    std::string target;  // "/path?query": never empty, no fragment, only characters that may stand in a request line

    friend bool operator==(const Url&, const Url&) = default;
};

inline constexpr std::size_t kLongestUrl = 64 << 10;

Result<Url> parse_url(std::string_view text);
// What a Location header means that came from `base` (RFC 3986, 5.2).
Result<Url> resolve_reference(const Url& base, std::string_view reference);
// Bytes that cannot stand in a request line are percent-encoded; everything else stays as it is.
void append_target(std::string& out, std::string_view text);

}  // namespace culvert::agent::http
