// One entry of charter.targets: a host, a *.suffix, any host or a network, each with a port or for all ports.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/result.h"

namespace culvert::agent::charter {

// An address as 16 bytes; IPv4 is mapped (::ffff:a.b.c.d), so that both families compare the same way.
using IpBytes = std::array<std::uint8_t, 16>;
// Strict: "10.1.2.3", "2001:db8::1", "[::1]"; no names, no ports, none of the short forms of IPv4.
std::optional<IpBytes> parse_ip(std::string_view text);

class TargetRule {
  public:
    // "host", "host:443", "*.suffix", "*.suffix:443", "*", "*:443", "10.0.0.0/8", "10.0.0.0/8:443",
    // "[2001:db8::/32]:443", "2001:db8::/32".
    static Result<TargetRule> parse(std::string_view text);

    bool is_network() const { return kind_ == Kind::Network; }
    bool covers_port(std::uint16_t port) const { return !port_ || *port_ == port; }
    // `host` in lower case, without a final dot.
    bool covers_name(std::string_view host) const;
    bool covers_address(const IpBytes& address) const;

  private:
    enum class Kind : std::uint8_t { Any, Host, Suffix, Network };
    Kind kind_ = Kind::Any;
    std::string name_;  // Host: the name; Suffix: ".suffix"
    IpBytes network_{};
    int prefix_ = 0;  // bits of the mapped form
    std::optional<std::uint16_t> port_;
};

}  // namespace culvert::agent::charter
