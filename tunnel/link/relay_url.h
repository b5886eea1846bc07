// A relay's address as tokens and configurations carry it: wss://HOST[:PORT]/PATH, or ws:// where no TLS is wanted
// (tests, loopback).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/result.h"

namespace culvert::tunnel::link {

struct RelayUrl {
    std::string text;  // as it was written
    bool tls = true;
    std::string host;  // lower case; IPv6 without brackets
    std::uint16_t port = 443;
    std::string path = "/";

    std::string authority() const;  // "relay.example.com", "[::1]:8443": what a Host header says
};

Result<RelayUrl> parse_relay_url(std::string_view text);

// Whether a relay that calls itself `b` is the one that was dialled as `a`: host and path. Scheme and port may differ:
// relays stand behind port mappings.
bool same_relay(const RelayUrl& a, const RelayUrl& b);

}  // namespace culvert::tunnel::link
