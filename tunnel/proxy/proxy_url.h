// A proxy's address as people write it: "http://user:password@proxy.corp:3128", "https://proxy.corp",
// "proxy.corp:3128", "socks5h://proxy.corp".
#pragma once

#include <string>
#include <string_view>

#include "common/base/result.h"
#include "common/base/secret.h"

namespace culvert::tunnel::proxy {

struct ProxyUrl {
    std::string url;       // "http://proxy.corp:3128": scheme, host, port and nothing else
    std::string username;  // percent-decoded; empty: none
    Secret password;

    friend bool operator==(const ProxyUrl&, const ProxyUrl&) = default;
};

// Without a scheme: http. Without a port: 80, 443 for https, 1080 for SOCKS. socks:// and socks5:// are read as
// socks5h://. Messages never show the credentials.
Result<ProxyUrl> parse_proxy_url(std::string_view text);

}  // namespace culvert::tunnel::proxy
