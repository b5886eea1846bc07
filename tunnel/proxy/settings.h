// Which proxy the tunnel, or the load, was told to use.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "common/base/result.h"
#include "common/base/secret.h"
#include "common/net/proxy_hop.h"

namespace culvert::tunnel::proxy {

struct ProxySettings {
    enum class Source : std::uint8_t { Environment, None, Urls };

    Source source = Source::Environment;  // nothing was written: environment, then direct
    std::vector<std::string> urls;        // Source::Urls: tried in order; a URL may carry "user:password@"
    bool direct_never = false;            // a connection past the proxy is an incident
    std::vector<net::ProxyAuth> methods{net::ProxyAuth::Negotiate, net::ProxyAuth::Ntlm, net::ProxyAuth::Digest,
                                        net::ProxyAuth::Basic};
    std::string username;  // for proxies whose URL carries none
    // Asked for every dial, so that a rotated file is seen without a restart. Not set: no password.
    std::function<Result<Secret>()> read_password;
    std::vector<std::string> no_proxy;  // in addition to what the environment says
    std::string key = "tunnel.proxy";   // where this stands in the configuration, for messages
};

}  // namespace culvert::tunnel::proxy
