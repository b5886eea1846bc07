// Addresses as configurations write them: HOST:PORT and URLs. Split and checked here, resolved by whoever connects.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/result.h"

namespace culvert::config {

struct Endpoint {
    std::string host;  // name or address; IPv6 without brackets
    std::uint16_t port = 0;

    friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

// "HOST:PORT", "[IPv6]:PORT". Messages say what to write.
Result<Endpoint> parse_endpoint(std::string_view text);

struct Url {
    std::string scheme;     // lower case
    std::string user_info;  // before '@', as written
    std::string host;
    std::uint16_t port = 0;  // 0: not written
    std::string path;        // from '/', with query; may be empty

    friend bool operator==(const Url&, const Url&) = default;
};

Result<Url> parse_url(std::string_view text);

// 127.0.0.0/8, ::1 or localhost.
bool is_loopback(std::string_view host);

}  // namespace culvert::config
