// What a PAC script returns, taken apart: "PROXY a:3128; HTTPS b; SOCKS5 c:1080; DIRECT".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"

namespace culvert::tunnel::pac {

struct Way {
    std::string proxy;    // "http://a:3128", "https://b:443", "socks5h://c:1080"; empty: DIRECT
    std::string written;  // "PROXY a:3128"

    friend bool operator==(const Way&, const Way&) = default;
};

inline constexpr std::size_t kMostWays = 16;  // more are not tried

// PROXY and HTTP (port 80), HTTPS (443), SOCKS and SOCKS5 (1080; names are left to the proxy), DIRECT. Nothing, or
// null, means DIRECT, as in browsers. An entry of another kind (SOCKS4) is left out; `left_out` collects these.
// InvalidInput: no entry is usable.
Result<std::vector<Way>> parse_result(std::string_view text, std::vector<std::string>& left_out);

}  // namespace culvert::tunnel::pac
