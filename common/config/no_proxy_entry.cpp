#include "common/config/no_proxy_entry.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "common/base/text.h"

namespace culvert::config {
namespace {

constexpr int kMappedBits = 96;  // ::ffff:0:0/96, where IPv4 lives in IPv6

std::optional<int> parse_number(std::string_view text, int highest) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc() || end != text.data() + text.size() || value < 0 || value > highest)
        return std::nullopt;
    return value;
}

bool plausible_name(std::string_view name) {
    const auto allowed = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_' ||
               static_cast<unsigned char>(c) >= 0x80;
    };
    return !name.empty() && !name.starts_with('.') && name.find("..") == std::string_view::npos &&
           std::all_of(name.begin(), name.end(), allowed);
}

std::string_view without_brackets(std::string_view host) {
    if (host.size() >= 2 && host.front() == '[' && host.back() == ']') return host.substr(1, host.size() - 2);
    return host;
}

tl::unexpected<Error> bad(std::string_view entry, const std::string& what) {
    return fail(Code::InvalidInput, fmt::format("\"{}\" {}", excerpt(entry, 80), what));
}

// Splits "host:port", "[v6]:port" and a bare "v6"; false: the port is no port.
bool split_port(std::string_view& host, std::uint16_t& port) {
    const std::size_t colon = host.rfind(':');
    if (colon == std::string_view::npos) return true;
    const bool bracketed = host.front() == '[' && host[colon - (colon > 0 ? 1 : 0)] == ']';
    const bool bare_ipv6 = host.find(':') != colon && !bracketed;
    if (bare_ipv6 || host.back() == ']') return true;
    const std::optional<int> number = parse_number(host.substr(colon + 1), 65535);
    if (!number || *number == 0) return false;
    port = static_cast<std::uint16_t>(*number);
    host = host.substr(0, colon);
    return true;
}

// What people write out of habit from other tools.
std::optional<std::string> habit_text(std::string_view text) {
    if (text.find_first_of(",;") != std::string_view::npos)
        return "is several entries in one text; write them as a list: [ .corp, 10.0.0.0/8 ]";
    const std::size_t scheme = text.find("://");
    if (scheme == std::string_view::npos) return std::nullopt;
    std::string_view host = text.substr(scheme + 3);
    host = host.substr(0, host.find_first_of("/?#"));
    return fmt::format("is a URL where a host is expected; write {}",
                       host.empty() ? std::string("the host alone") : excerpt(host, 80));
}

Result<NoProxyEntry> network_entry(NoProxyEntry entry, std::string_view host, std::string_view address_text,
                                   const IpAddress& address) {
    entry.kind = NoProxyEntry::Kind::Network;
    entry.network = address;
    const std::size_t slash = host.find('/');
    if (slash == std::string_view::npos) return entry;
    const bool ipv4 = address_text.find(':') == std::string_view::npos;
    const std::optional<int> bits = parse_number(host.substr(slash + 1), ipv4 ? 32 : 128);
    if (!bits)
        return bad(entry.written, ipv4 ? "is no network: it needs 0 to 32 bits; write it as in 10.0.0.0/8"
                                       : "is no network: it needs 0 to 128 bits; write it as in fd00::/8");
    entry.bits = *bits + (ipv4 ? kMappedBits : 0);
    return entry;
}

}  // namespace

std::string normal_host_name(std::string_view name) {
    if (name.ends_with('.')) name.remove_suffix(1);
    return to_lower_ascii(name);
}

std::optional<IpAddress> parse_ip(std::string_view text) {
    const std::string terminated(without_brackets(text).substr(0, 64));
    IpAddress address{};
    if (::inet_pton(AF_INET6, terminated.c_str(), address.data()) == 1) return address;
    address = {};
    address[10] = address[11] = 0xff;
    if (::inet_pton(AF_INET, terminated.c_str(), address.data() + 12) == 1) return address;
    return std::nullopt;
}

Result<NoProxyEntry> parse_no_proxy_entry(std::string_view text) {
    text = trim(text);
    NoProxyEntry entry;
    entry.written = std::string(text);
    std::string_view host = text;
    if (host.empty()) return bad(text, "is empty; write a host, a network or *, or leave the entry out");
    if (const auto habit = habit_text(text)) return bad(text, *habit);
    if (!split_port(host, entry.port)) return bad(text, "has no port (1 to 65535) behind ':'; write HOST or HOST:PORT");
    if (host == "*") return entry;

    const std::size_t slash = host.find('/');
    const std::string_view address_text = without_brackets(host.substr(0, slash));
    if (const std::optional<IpAddress> address = parse_ip(address_text))
        return network_entry(std::move(entry), host, address_text, *address);
    if (slash != std::string_view::npos)
        return bad(text, "has no address before '/'; write a network as in 10.0.0.0/8, or a name without '/'");

    entry.kind = NoProxyEntry::Kind::NameAndBelow;
    if (host.starts_with("*.")) host.remove_prefix(1);
    if (host.starts_with('.')) {
        entry.kind = NoProxyEntry::Kind::Below;
        host.remove_prefix(1);
    }
    entry.name = normal_host_name(host);
    if (entry.name.find('*') != std::string::npos)
        return bad(text,
                   "has '*' where it cannot stand; write .NAME for what is below a name, 10.0.0.0/8 for addresses");
    if (!plausible_name(entry.name))
        return bad(text,
                   "is neither a name, an address nor a network; write for example .corp, relay.corp:443 or "
                   "10.0.0.0/8");
    return entry;
}

}  // namespace culvert::config
