#include "common/config/endpoint.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "common/base/text.h"

namespace culvert::config {
namespace {

constexpr std::size_t kLongestHost = 253;
constexpr std::size_t kLongestUrl = 2048;

bool is_ipv6(const std::string& host) {
    unsigned char address[16];
    return ::inet_pton(AF_INET6, host.c_str(), address) == 1;
}

bool is_host(std::string_view host) {
    if (host.empty() || host.size() > kLongestHost) return false;
    if (is_ipv6(std::string(host))) return true;
    return std::all_of(host.begin(), host.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
               c == '.';
    });
}

std::uint16_t port_of(std::string_view text) {
    unsigned value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size() && value <= 0xffff
               ? static_cast<std::uint16_t>(value)
               : 0;
}

// Takes "HOST", "HOST:PORT" or "[IPv6]:PORT" apart; false when brackets or port are wrong.
bool split_authority(std::string_view text, Endpoint& out) {
    std::string_view host = text;
    std::string_view rest;
    if (text.starts_with('[')) {
        const std::size_t close = text.find(']');
        if (close == std::string_view::npos) return false;
        host = text.substr(1, close - 1);
        rest = text.substr(close + 1);
        if (!is_ipv6(std::string(host))) return false;
    } else if (const std::size_t colon = text.find(':'); colon != std::string_view::npos) {
        host = text.substr(0, colon);
        rest = text.substr(colon);
    }
    out.host = host;
    out.port = 0;
    if (!is_host(host)) return false;
    if (rest.empty()) return true;
    if (!rest.starts_with(':')) return false;
    out.port = port_of(rest.substr(1));
    return out.port != 0;
}

}  // namespace

Result<Endpoint> parse_endpoint(std::string_view text) {
    Endpoint endpoint;
    if (split_authority(text, endpoint) && endpoint.port != 0) return endpoint;
    return fail(Code::InvalidInput,
                fmt::format("\"{}\" is not an address; write HOST:PORT, for example 127.0.0.1:8080 or \"[::]:443\"",
                            excerpt(text, 80)));
}

Result<Url> parse_url(std::string_view text) {
    const auto bad = [text](std::string_view why) {
        return fail(Code::InvalidInput, fmt::format("\"{}\" is not a URL: {}", excerpt(text, 120), why));
    };
    if (text.size() > kLongestUrl) return bad("it is too long");
    if (std::any_of(text.begin(), text.end(), [](char c) { return c <= 0x20 || c >= 0x7f; }))
        return bad("it holds a blank or a character beyond ASCII");
    const std::size_t mark = text.find("://");
    if (mark == std::string_view::npos || mark == 0) return bad("write SCHEME://HOST[:PORT]");
    Url url;
    url.scheme = to_lower_ascii(text.substr(0, mark));
    std::string_view rest = text.substr(mark + 3);
    const std::size_t slash = std::min(rest.find_first_of("/?#"), rest.size());
    url.path = rest.substr(slash);
    rest = rest.substr(0, slash);
    if (const std::size_t at = rest.rfind('@'); at != std::string_view::npos) {
        url.user_info = rest.substr(0, at);
        rest = rest.substr(at + 1);
    }
    Endpoint endpoint;
    if (!split_authority(rest, endpoint)) return bad("its host or port is wrong");
    url.host = endpoint.host;
    url.port = endpoint.port;
    return url;
}

bool is_loopback(std::string_view host) {
    const std::string name = to_lower_ascii(host);
    if (name == "localhost") return true;
    in_addr v4{};
    if (::inet_pton(AF_INET, name.c_str(), &v4) == 1) return (ntohl(v4.s_addr) >> 24) == 127;
    in6_addr v6{};
    return ::inet_pton(AF_INET6, name.c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

}  // namespace culvert::config
