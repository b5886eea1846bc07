#include "tunnel/proxy/no_proxy.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "common/base/log.h"
#include "common/base/text.h"

namespace culvert::tunnel::proxy {
namespace {

constexpr int kMappedBits = 96;  // ::ffff:0:0/96, where IPv4 lives in IPv6

std::optional<int> parse_number(std::string_view text, int highest) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc() || end != text.data() + text.size() || value < 0 || value > highest)
        return std::nullopt;
    return value;
}

std::string normal_name(std::string_view name) {
    if (name.ends_with('.')) name.remove_suffix(1);
    return to_lower_ascii(name);
}

bool plausible_name(std::string_view name) {
    const auto allowed = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_' ||
               static_cast<unsigned char>(c) >= 0x80;
    };
    return !name.empty() && !name.starts_with('.') && name.find("..") == std::string_view::npos &&
           std::all_of(name.begin(), name.end(), allowed);
}

bool same_network(const IpAddress& a, const IpAddress& b, int bits) {
    const auto whole = static_cast<std::size_t>(bits / 8);
    if (!std::equal(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(whole), b.begin())) return false;
    const int rest = bits % 8;
    return rest == 0 || ((a[whole] ^ b[whole]) >> (8 - rest)) == 0;
}

std::string_view without_brackets(std::string_view host) {
    if (host.size() >= 2 && host.front() == '[' && host.back() == ']') return host.substr(1, host.size() - 2);
    return host;
}

tl::unexpected<Error> bad(std::string_view entry, const std::string& what) {
    return fail(Code::InvalidInput, "no_proxy entry '" + excerpt(entry, 80) + "': " + what);
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

}  // namespace

std::optional<IpAddress> parse_ip(std::string_view text) {
    const std::string terminated(text.substr(0, 64));
    IpAddress address{};
    if (::inet_pton(AF_INET6, terminated.c_str(), address.data()) == 1) return address;
    address = {};
    address[10] = address[11] = 0xff;
    if (::inet_pton(AF_INET, terminated.c_str(), address.data() + 12) == 1) return address;
    return std::nullopt;
}

Result<NoProxy::Entry> NoProxy::parse_entry(std::string_view text) {
    Entry entry;
    entry.written = std::string(text);
    std::string_view host = text;
    if (host.empty()) return bad(text, "is empty");
    if (!split_port(host, entry.port)) return bad(text, "what follows ':' is no port (1..65535)");
    if (host == "*") return entry;

    const std::size_t slash = host.find('/');
    const std::string_view address_text = without_brackets(host.substr(0, slash));
    if (const std::optional<IpAddress> address = parse_ip(address_text)) {
        entry.kind = Entry::Kind::Network;
        entry.network = *address;
        if (slash == std::string_view::npos) return entry;
        const bool ipv4 = address_text.find(':') == std::string_view::npos;
        const std::optional<int> bits = parse_number(host.substr(slash + 1), ipv4 ? 32 : 128);
        if (!bits)
            return bad(text, ipv4 ? "a network needs 0 to 32 bits, as in 10.0.0.0/8"
                                  : "a network needs 0 to 128 bits, as in fd00::/8");
        entry.bits = *bits + (ipv4 ? kMappedBits : 0);
        return entry;
    }
    if (slash != std::string_view::npos)
        return bad(text, "what stands before '/' is no address; write it as in 10.0.0.0/8");

    entry.kind = Entry::Kind::NameAndBelow;
    if (host.starts_with("*.")) host.remove_prefix(1);
    if (host.starts_with('.')) {
        entry.kind = Entry::Kind::Below;
        host.remove_prefix(1);
    }
    entry.name = normal_name(host);
    if (entry.name.find('*') != std::string::npos)
        return bad(text, "'*' may stand alone or as '*.name'; for addresses write a network, as in 10.0.0.0/8");
    if (!plausible_name(entry.name)) return bad(text, "is neither a name, an address nor a network");
    return entry;
}

Result<NoProxy> NoProxy::parse(const std::vector<std::string>& entries) {
    NoProxy list;
    for (const std::string& text : entries) {
        Result<Entry> entry = parse_entry(trim(text));
        if (!entry) return tl::unexpected(entry.error());
        list.entries_.push_back(std::move(*entry));
    }
    return list;
}

NoProxy NoProxy::parse_variable(std::string_view value) {
    NoProxy list;
    std::string commas(value);
    std::replace_if(
        commas.begin(), commas.end(), [](char c) { return c == ' ' || c == '\t'; }, ',');
    for (const std::string_view text : split(commas, ',')) {
        if (trim(text).empty()) continue;
        Result<Entry> entry = parse_entry(trim(text));
        if (entry) {
            list.entries_.push_back(std::move(*entry));
        } else {
            log::warning("environment NO_PROXY: " + entry.error().message + "; left out");
        }
    }
    return list;
}

void NoProxy::append(const NoProxy& other) {
    entries_.insert(entries_.end(), other.entries_.begin(), other.entries_.end());
}

std::optional<std::string> NoProxy::match(std::string_view host, std::uint16_t port) const {
    const std::optional<IpAddress> address = parse_ip(without_brackets(host));
    const std::string name = normal_name(host);
    const auto fits = [&](const Entry& entry) {
        if (entry.port != 0 && entry.port != port) return false;
        if (entry.kind == Entry::Kind::Everything) return true;
        if (entry.kind == Entry::Kind::Network) return address && same_network(*address, entry.network, entry.bits);
        if (address) return false;
        if (name == entry.name) return entry.kind == Entry::Kind::NameAndBelow;
        return name.size() > entry.name.size() && name.ends_with(entry.name) &&
               name[name.size() - entry.name.size() - 1] == '.';
    };
    const auto found = std::find_if(entries_.begin(), entries_.end(), fits);
    if (found == entries_.end()) return std::nullopt;
    return found->written;
}

}  // namespace culvert::tunnel::proxy
