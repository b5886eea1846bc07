#include "agent/charter/target_rule.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

#include "common/base/text.h"

namespace culvert::agent::charter {
namespace {

constexpr std::size_t kLongestName = 253;
constexpr int kMappedBits = 96;  // of ::ffff:0:0, in front of an IPv4 address

template <class Number>
bool parse_whole(std::string_view text, Number& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size() && !text.empty();
}

bool is_host_name(std::string_view text) {
    return !text.empty() && text.size() <= kLongestName && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
    });
}

// Splits "host:port". The colons of a bare IPv6 address or network are no port.
struct HostAndPort {
    std::string_view host;
    std::optional<std::string_view> port;
};

HostAndPort split_port(std::string_view text) {
    if (!text.empty() && text.front() == '[') {
        const std::size_t close = text.find(']');
        if (close == std::string_view::npos) return {text, std::nullopt};
        const std::string_view rest = text.substr(close + 1);
        if (rest.empty()) return {text.substr(1, close - 1), std::nullopt};
        if (rest.front() == ':') return {text.substr(1, close - 1), rest.substr(1)};
        return {text, std::nullopt};
    }
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos || text.find(':', colon + 1) != std::string_view::npos)
        return {text, std::nullopt};
    return {text.substr(0, colon), text.substr(colon + 1)};
}

tl::unexpected<Error> bad_rule(std::string_view text, const std::string& why) {
    return fail(Code::InvalidInput, "charter.targets: \"" + excerpt(text, 80) + "\" " + why +
                                        "; write host:port, *.suffix:port, *:port or a network such as 10.0.0.0/8:443");
}

}  // namespace

std::optional<IpBytes> parse_ip(std::string_view text) {
    if (text.size() > 2 && text.front() == '[' && text.back() == ']') text = text.substr(1, text.size() - 2);
    const std::string copy(text);
    IpBytes bytes{};
    if (inet_pton(AF_INET6, copy.c_str(), bytes.data()) == 1) return bytes;
    in_addr v4{};
    if (inet_pton(AF_INET, copy.c_str(), &v4) != 1) return std::nullopt;
    bytes[10] = bytes[11] = 0xFF;
    std::copy_n(reinterpret_cast<const std::uint8_t*>(&v4.s_addr), 4, bytes.begin() + 12);
    return bytes;
}

Result<TargetRule> TargetRule::parse(std::string_view text) {
    TargetRule rule;
    const std::string lower = to_lower_ascii(trim(text));
    auto [host, port] = split_port(lower);
    if (port) {
        std::uint16_t number = 0;
        if (!parse_whole(*port, number) || number == 0) return bad_rule(text, "has no valid port");
        rule.port_ = number;
    }
    if (const std::size_t slash = host.find('/'); slash != std::string_view::npos) {
        const auto network = parse_ip(host.substr(0, slash));
        const bool v4 = network && host.find(':') == std::string_view::npos;
        int bits = 0;
        if (!network || !parse_whole(host.substr(slash + 1), bits) || bits < 0 || bits > (v4 ? 32 : 128))
            return bad_rule(text, "is not a network");
        rule.kind_ = Kind::Network;
        rule.network_ = *network;
        rule.prefix_ = v4 ? kMappedBits + bits : bits;
        return rule;
    }
    if (const auto address = parse_ip(host)) {
        rule.kind_ = Kind::Network;
        rule.network_ = *address;
        rule.prefix_ = 128;
        return rule;
    }
    if (host == "*") return rule;
    const bool suffix = host.substr(0, 2) == "*.";
    if (suffix) host.remove_prefix(1);
    if (!suffix && !host.empty() && host.back() == '.') host.remove_suffix(1);
    if (!is_host_name(suffix ? host.substr(1) : host)) return bad_rule(text, "is not a host, suffix or network");
    rule.kind_ = suffix ? Kind::Suffix : Kind::Host;
    rule.name_ = std::string(host);
    return rule;
}

bool TargetRule::covers_name(std::string_view host) const {
    switch (kind_) {
        case Kind::Any:
            return true;
        case Kind::Host:
            return host == name_;
        case Kind::Suffix:
            return host.size() > name_.size() && host.substr(host.size() - name_.size()) == name_;
        case Kind::Network:
            return false;
    }
    return false;
}

bool TargetRule::covers_address(const IpBytes& address) const {
    if (kind_ == Kind::Any) return true;
    if (kind_ != Kind::Network) return false;
    const auto whole = static_cast<std::size_t>(prefix_ / 8);
    if (!std::equal(address.begin(), address.begin() + static_cast<std::ptrdiff_t>(whole), network_.begin()))
        return false;
    const int rest = prefix_ % 8;
    if (rest == 0) return true;
    const int mask = 0xFF << (8 - rest);
    return (address[whole] & mask) == (network_[whole] & mask);
}

}  // namespace culvert::agent::charter
