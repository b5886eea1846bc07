#include "tunnel/link/relay_url.h"

#include <charconv>

#include "common/base/text.h"

namespace culvert::tunnel::link {
namespace {

constexpr std::size_t kLongestRelayUrl = 512;

bool plausible_host(std::string_view host, bool ipv6) {
    if (host.empty() || host.size() > 253) return false;
    return host.find_first_not_of(ipv6 ? "0123456789abcdef:." : "abcdefghijklmnopqrstuvwxyz0123456789.-_") ==
           std::string_view::npos;
}

// Printable ASCII without blanks, '#' and quotes: it is put into a request line as it stands.
bool plausible_path(std::string_view path) {
    for (const char c : path) {
        if (c <= ' ' || c > '~' || c == '#' || c == '"' || c == '<' || c == '>') return false;
    }
    return path.starts_with('/');
}

}  // namespace

std::string RelayUrl::authority() const {
    std::string name = host.find(':') == std::string::npos ? host : "[" + host + "]";
    if (port != (tls ? 443 : 80)) name += ":" + std::to_string(port);
    return name;
}

Result<RelayUrl> parse_relay_url(std::string_view text) {
    const auto bad = [text](const std::string& what) {
        return fail(Code::InvalidInput,
                    "relay URL '" + excerpt(text, 80) + "': " + what + "; write wss://HOST[:PORT]/PATH");
    };
    RelayUrl url;
    url.text = std::string(text);
    if (text.size() > kLongestRelayUrl) return bad("is too long");
    std::string_view rest = text;
    if (rest.starts_with("wss://")) {
        rest.remove_prefix(6);
    } else if (rest.starts_with("ws://")) {
        rest.remove_prefix(5);
        url.tls = false;
        url.port = 80;
    } else {
        return bad("does not begin with wss://");
    }
    const std::size_t slash = rest.find('/');
    std::string_view authority = rest.substr(0, slash);
    if (slash != std::string_view::npos) url.path = std::string(rest.substr(slash));
    if (!plausible_path(url.path)) return bad("has a path that cannot be asked for");

    const bool ipv6 = authority.starts_with('[');
    const std::size_t host_end = ipv6 ? authority.find(']') : authority.find(':');
    if (ipv6 && host_end == std::string_view::npos) return bad("has an address without its ']'");
    url.host = to_lower_ascii(ipv6 ? authority.substr(1, host_end - 1) : authority.substr(0, host_end));
    if (!plausible_host(url.host, ipv6)) return bad("has no valid host");
    std::string_view port =
        host_end == std::string_view::npos ? std::string_view() : authority.substr(host_end + (ipv6 ? 1 : 0));
    if (port.empty()) return url;
    port.remove_prefix(1);
    int number = 0;
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
    const bool colon = authority[host_end + (ipv6 ? 1 : 0)] == ':';
    if (!colon || port.empty() || error != std::errc() || end != port.data() + port.size() || number < 1 ||
        number > 65535)
        return bad("has no valid port");
    url.port = static_cast<std::uint16_t>(number);
    return url;
}

bool same_relay(const RelayUrl& a, const RelayUrl& b) {
    const auto path = [](const RelayUrl& url) { return url.path.ends_with('/') ? url.path : url.path + "/"; };
    return a.host == b.host && path(a) == path(b);
}

}  // namespace culvert::tunnel::link
