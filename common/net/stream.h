// A connected, verified byte stream, however it was dialled. Non-blocking.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>

#include "common/base/result.h"
#include "common/base/units.h"

namespace culvert::net {

// How a stream reached its origin: for `culvert agents`, logs, doctor and reports.
struct Route {
    std::string proxy;            // "http://proxy.corp:3128", without credentials; empty: direct
    std::string proxy_auth;       // "Basic", "Negotiate", …; empty: none asked
    std::string proxy_chosen_by;  // "tunnel.proxy.urls[0]", "environment HTTPS_PROXY", "no_proxy .corp", …
    std::string remote_address;   // of the TCP connection
    std::string tls_issuer;       // of the origin's certificate; empty: not TLS
    Duration connect_time{};      // TCP, as libcurl measured it
    Duration tls_time{};
    Duration total_time{};
};

class Stream {
  public:
    virtual ~Stream() = default;

    // Bytes read; 0: would block (TLS may hold decrypted bytes: read to 0 before waiting on fd()). Disconnected: ended
    // or broken.
    virtual Result<std::size_t> receive(std::span<std::byte> into) = 0;
    // Bytes taken; 0: would block.
    virtual Result<std::size_t> send(std::span<const std::byte> from) = 0;
    // For waiting only; never read, written or closed by others.
    virtual int fd() const = 0;
    virtual const Route& route() const = 0;
};

}  // namespace culvert::net
