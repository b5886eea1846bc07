// One entry of a no_proxy list. Tools disagree about this list, so here is the one dialect that Culvert reads, in
// settings and in NO_PROXY alike (docs/proxies.md prints its table):
//
//   entry := host [":" port]
//   host  := "*"                everything
//          | name               this name and every name below it: "corp.test" takes a.corp.test too, not xcorp.test
//          | "." name           names below it only; "*." name is the same
//          | address            this IPv4 or IPv6 address, however it is written; IPv6 with or without brackets, with
//                               them when a port follows
//          | address "/" bits   this network
//
// Case (of ASCII letters) and a trailing dot do not matter; letters beyond ASCII are compared as they are, and no name
// is converted to or from its xn-- form. Addresses and networks match hosts that were written as addresses: no name is
// resolved for this.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/result.h"

namespace culvert::config {

// An IPv4 address is held as ::ffff:a.b.c.d, so that both spellings are one.
using IpAddress = std::array<std::uint8_t, 16>;
// With or without brackets.
std::optional<IpAddress> parse_ip(std::string_view text);
// Lower case (ASCII), without the trailing dot: the form in which names are compared.
std::string normal_host_name(std::string_view name);

struct NoProxyEntry {
    std::string written;
    enum class Kind : std::uint8_t { Everything, NameAndBelow, Below, Network } kind = Kind::Everything;
    std::string name;  // normal
    IpAddress network{};
    int bits = 128;
    std::uint16_t port = 0;  // 0: any
};

// Pure. Blanks around it do not matter. InvalidInput: the entry in quotes, what is wrong, what to write instead.
Result<NoProxyEntry> parse_no_proxy_entry(std::string_view text);

}  // namespace culvert::config
