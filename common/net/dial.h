// Dials out: proxy, proxy authentication, TLS to the proxy, TLS to the origin and its verification are libcurl's,
// behind this one door. The name of the origin is never resolved here when a proxy is used. Errors name the hop and the
// cause.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "common/base/result.h"
#include "common/base/units.h"
#include "common/crypto/tls_trust.h"
#include "common/net/credential_memory.h"
#include "common/net/proxy_hop.h"
#include "common/net/stream.h"

namespace culvert::net {

struct DialRequest {
    std::string host;  // name or address; IPv6 without brackets
    std::uint16_t port = 443;
    bool tls = true;
    std::optional<ProxyHop> proxy;                      // none: direct, whatever the environment says
    std::string chosen_by;                              // why direct, if it is: "no_proxy .corp"
    std::shared_ptr<const crypto::TlsTrust> trust;      // none: the system's store, loaded for this dial alone
    Duration connect_timeout{std::chrono::seconds(8)};  // one attempt, up to the end of the TLS handshake
    Duration tls_timeout{};                             // for the TLS handshake with the origin, beyond the above
    // To a proxy's name and port alone, as part of the above: a list of proxies must not wait long for dead ones.
    Duration proxy_connect_timeout{std::chrono::seconds(4)};
    Duration unacknowledged_limit{
        std::chrono::seconds(12)};  // TCP_USER_TIMEOUT: sent data may wait so long for its acknowledgement
};

// How far a dial came.
enum class DialStage : std::uint8_t {
    Setup,  // nothing was dialled: the request itself is wrong, or it was cancelled
    ResolveProxy,
    ConnectProxy,
    ProxyTls,
    ProxyAuth,    // 407
    ProxyAnswer,  // any other answer to CONNECT than 2xx, or none; of SOCKS: anything but success
    Resolve,
    Connect,
    Tls,
};

struct DialError {
    DialStage stage = DialStage::Setup;
    Error error;
    int proxy_status = 0;         // of the answer to CONNECT; 0: none
    bool proxy_answered = false;  // in its own protocol, whatever it said
    bool by_time = false;         // a certificate is not valid yet, or no longer, by this machine's clock
};

// The proxy itself is at fault, not what lies behind it: another proxy may do better.
bool proxy_is_dead(const DialError& error);

using DialResult = tl::expected<std::unique_ptr<Stream>, DialError>;

// Blocks for at most a few connect timeouts; returns within milliseconds once `cancel` is requested. Thread-safe: any
// number at a time. The stream belongs to whoever holds it, on any one thread. Turns SIGPIPE off in the process, as
// OpenSSL's sockets need.
DialResult dial(const DialRequest& request, CredentialMemory& memory, std::stop_token cancel = {});

}  // namespace culvert::net
