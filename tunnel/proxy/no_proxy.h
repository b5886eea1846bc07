// Which hosts are reached past the proxy. Tools disagree about this list, so here is the one dialect that Culvert
// reads, in settings and in NO_PROXY alike (docs/proxies.md prints its table):
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
#include <vector>

#include "common/base/result.h"

namespace culvert::tunnel::proxy {

// An IPv4 address is held as ::ffff:a.b.c.d, so that both spellings are one.
using IpAddress = std::array<std::uint8_t, 16>;
std::optional<IpAddress> parse_ip(std::string_view text);

class NoProxy {
  public:
    NoProxy() = default;
    // InvalidInput names the entry and what to write instead.
    static Result<NoProxy> parse(const std::vector<std::string>& entries);
    // NO_PROXY as other programs understand it: commas or blanks in between; an entry that means nothing here is left
    // out and logged.
    static NoProxy parse_variable(std::string_view value);

    // The entry, as written, that takes this host past the proxy.
    std::optional<std::string> match(std::string_view host, std::uint16_t port) const;
    void append(const NoProxy& other);

  private:
    struct Entry {
        std::string written;
        enum class Kind : std::uint8_t { Everything, NameAndBelow, Below, Network } kind = Kind::Everything;
        std::string name;
        IpAddress network{};
        int bits = 128;
        std::uint16_t port = 0;  // 0: any
    };
    static Result<Entry> parse_entry(std::string_view text);

    std::vector<Entry> entries_;
};

}  // namespace culvert::tunnel::proxy
