#include "tunnel/proxy/no_proxy.h"

#include <algorithm>
#include <utility>

#include "common/base/log.h"
#include "common/base/text.h"

namespace culvert::tunnel::proxy {
namespace {

bool same_network(const config::IpAddress& a, const config::IpAddress& b, int bits) {
    const auto whole = static_cast<std::size_t>(bits / 8);
    if (!std::equal(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(whole), b.begin())) return false;
    const int rest = bits % 8;
    return rest == 0 || ((a[whole] ^ b[whole]) >> (8 - rest)) == 0;
}

}  // namespace

Result<NoProxy> NoProxy::parse(const std::vector<std::string>& entries) {
    NoProxy list;
    for (const std::string& text : entries) {
        auto entry = config::parse_no_proxy_entry(text);
        if (!entry) return fail(entry.error(), "no_proxy");
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
        auto entry = config::parse_no_proxy_entry(text);
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
    const std::optional<config::IpAddress> address = config::parse_ip(host);
    const std::string name = config::normal_host_name(host);
    using Kind = config::NoProxyEntry::Kind;
    const auto fits = [&](const config::NoProxyEntry& entry) {
        if (entry.port != 0 && entry.port != port) return false;
        if (entry.kind == Kind::Everything) return true;
        if (entry.kind == Kind::Network) return address && same_network(*address, entry.network, entry.bits);
        if (address) return false;
        if (name == entry.name) return entry.kind == Kind::NameAndBelow;
        return name.size() > entry.name.size() && name.ends_with(entry.name) &&
               name[name.size() - entry.name.size() - 1] == '.';
    };
    const auto found = std::find_if(entries_.begin(), entries_.end(), fits);
    if (found == entries_.end()) return std::nullopt;
    return found->written;
}

}  // namespace culvert::tunnel::proxy
