#include "tunnel/proxy/proxy_url.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "common/base/text.h"

namespace culvert::tunnel::proxy {
namespace {

constexpr std::size_t kLongestProxyUrl = 1024;

std::optional<int> hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return std::nullopt;
}

std::optional<std::string> percent_decoded(std::string_view text) {
    std::string decoded;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            decoded.push_back(text[i]);
            continue;
        }
        if (i + 2 >= text.size()) return std::nullopt;
        const std::optional<int> high = hex_value(text[i + 1]);
        const std::optional<int> low = hex_value(text[i + 2]);
        if (!high || !low) return std::nullopt;
        decoded.push_back(static_cast<char>(*high * 16 + *low));
        i += 2;
    }
    return decoded;
}

bool plausible_host(std::string_view host) {
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
        return host.substr(1, host.size() - 2).find_first_not_of("0123456789abcdefABCDEF:.") == std::string_view::npos;
    }
    return !host.empty() && host.size() <= 253 &&
           host.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_") ==
               std::string_view::npos;
}

}  // namespace

Result<ProxyUrl> parse_proxy_url(std::string_view text) {
    text = trim(text);
    const std::size_t at = text.rfind('@');
    const std::string_view shown = at == std::string_view::npos ? text : text.substr(at + 1);  // without credentials
    const auto bad = [shown](const std::string& what) {
        return fail(Code::InvalidInput, "proxy URL '" + excerpt(shown, 80) + "': " + what +
                                            "; write http://HOST:PORT, https://HOST:PORT or socks5h://HOST:PORT");
    };
    if (text.size() > kLongestProxyUrl) return bad("is too long");

    std::string scheme = "http";
    std::string_view rest = text;
    if (const std::size_t colon = text.find("://"); colon != std::string_view::npos) {
        scheme = to_lower_ascii(text.substr(0, colon));
        rest = text.substr(colon + 3);
    }
    if (scheme == "socks5" || scheme == "socks") scheme = "socks5h";  // names are left to the proxy, whatever was asked
    if (scheme.starts_with("socks4")) return bad("SOCKS4 knows no passwords and no IPv6 and is not spoken here");
    if (scheme != "http" && scheme != "https" && scheme != "socks5h") return bad("has an unknown scheme");

    ProxyUrl parsed;
    if (const std::size_t end = rest.rfind('@'); end != std::string_view::npos) {
        const std::string_view credentials = rest.substr(0, end);
        rest = rest.substr(end + 1);
        const std::size_t colon = credentials.find(':');
        const std::optional<std::string> username = percent_decoded(credentials.substr(0, colon));
        const std::optional<std::string> password =
            percent_decoded(colon == std::string_view::npos ? std::string_view() : credentials.substr(colon + 1));
        if (!username || !password) return bad("its user or password has a broken %-escape (write % itself as %25)");
        parsed.username = *username;
        parsed.password = Secret(*password);
    }
    if (rest.ends_with('/')) rest.remove_suffix(1);

    std::string_view host = rest;
    int port = scheme == "https" ? 443 : scheme == "http" ? 80 : 1080;
    if (const std::size_t colon = rest.rfind(':'); colon != std::string_view::npos && !rest.ends_with(']')) {
        host = rest.substr(0, colon);
        const std::string_view digits = rest.substr(colon + 1);
        const auto [last, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
        if (digits.empty() || error != std::errc() || last != digits.data() + digits.size() || port < 1 || port > 65535)
            return bad("has no valid port");
    }
    if (!plausible_host(host)) return bad("has no valid host");
    parsed.url = scheme + "://" + to_lower_ascii(host) + ":" + std::to_string(port);
    return parsed;
}

}  // namespace culvert::tunnel::proxy
