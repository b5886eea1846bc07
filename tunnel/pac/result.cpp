#include "tunnel/pac/result.h"

#include <array>
#include <optional>
#include <utility>

#include "common/base/text.h"

namespace culvert::tunnel::pac {
namespace {

constexpr std::size_t kLongestShown = 120;
constexpr std::size_t kLongestHost = 253;

struct Word {
    std::string_view word, scheme, port;
};
constexpr std::array<Word, 5> kWords{Word{"proxy", "http", "80"}, Word{"http", "http", "80"},
                                     Word{"https", "https", "443"}, Word{"socks", "socks5h", "1080"},
                                     Word{"socks5", "socks5h", "1080"}};

bool plausible_port(std::string_view port) {
    if (port.empty() || port.size() > 5 || port.find_first_not_of("0123456789") != std::string_view::npos) return false;
    int number = 0;
    for (const char c : port) number = number * 10 + (c - '0');
    return number >= 1 && number <= 65535;
}

std::optional<std::string> address_of(const Word& word, std::string_view place) {
    std::string_view host = place;
    std::string_view port = word.port;
    const std::size_t colon = place.rfind(':');
    if (colon != std::string_view::npos && !place.ends_with(']')) {
        host = place.substr(0, colon);
        port = place.substr(colon + 1);
    }
    const bool ipv6 = host.size() > 2 && host.front() == '[' && host.back() == ']';
    const std::string_view allowed =
        ipv6 ? "0123456789abcdefABCDEF:." : "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
    const std::string_view bare = ipv6 ? host.substr(1, host.size() - 2) : host;
    if (bare.empty() || bare.size() > kLongestHost || bare.find_first_not_of(allowed) != std::string_view::npos ||
        !plausible_port(port))
        return std::nullopt;
    return std::string(word.scheme) + "://" + to_lower_ascii(host) + ":" + std::string(port);
}

std::optional<Way> parse_way(std::string_view entry) {
    const std::size_t blank = entry.find_first_of(" \t");
    const std::string kind = to_lower_ascii(entry.substr(0, blank));
    const std::string_view place = blank == std::string_view::npos ? "" : trim(entry.substr(blank));
    if (kind == "direct" && place.empty()) return Way{"", "DIRECT"};
    for (const Word& word : kWords) {
        if (kind != word.word) continue;
        if (auto address = address_of(word, place)) return Way{std::move(*address), excerpt(entry, kLongestShown)};
    }
    return std::nullopt;
}

}  // namespace

Result<std::vector<Way>> parse_result(std::string_view text, std::vector<std::string>& left_out) {
    text = trim(text);
    if (text.empty() || text == "null") return std::vector<Way>{Way{"", "DIRECT"}};
    if (text == "undefined")
        return fail(Code::InvalidInput, "FindProxyForURL ended without a return; let it end with  return \"DIRECT\";");
    std::vector<Way> ways;
    for (const std::string_view part : split(text, ';')) {
        const std::string_view entry = trim(part);
        if (entry.empty()) continue;
        if (auto way = parse_way(entry)) {
            if (ways.size() < kMostWays) ways.push_back(std::move(*way));
        } else if (left_out.size() < kMostWays) {
            left_out.push_back(excerpt(entry, kLongestShown));
        }
    }
    if (ways.empty())
        return fail(Code::InvalidInput, "FindProxyForURL returned \"" + excerpt(text, kLongestShown) +
                                            "\", which names no way that is known here (PROXY, HTTPS, SOCKS5, DIRECT)");
    return ways;
}

}  // namespace culvert::tunnel::pac
