// Which proxy the tunnel, or the load, was told to use.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "common/base/result.h"
#include "common/base/secret.h"
#include "common/base/units.h"
#include "common/net/proxy_hop.h"
#include "tunnel/pac/evaluator.h"
#include "tunnel/pac/script.h"

namespace culvert::tunnel::proxy {

struct ProxySettings {
    enum class Source : std::uint8_t { Environment, None, Urls, Pac };

    Source source = Source::Environment;  // nothing was written: environment, then direct
    std::vector<std::string> urls;        // Source::Urls: tried in order; a URL may carry "user:password@"
    std::string pac;                      // Source::Pac: a path, or an http:// or https:// URL
    bool direct_never = false;            // a connection past the proxy is an incident; wins over PAC and no_proxy
    std::vector<net::ProxyAuth> methods{net::ProxyAuth::Negotiate, net::ProxyAuth::Ntlm, net::ProxyAuth::Digest,
                                        net::ProxyAuth::Basic};
    std::string username;  // for proxies whose URL carries none
    // Asked for every dial, so that a rotated file is seen without a restart. Not set: no password.
    std::function<Result<Secret>()> read_password;
    std::vector<std::string> no_proxy;  // in addition to what the environment says
    std::string key = "tunnel.proxy";   // where this stands in the configuration, for messages
    std::vector<std::string> extra_ca;  // PEM files, for a PAC script behind https://
    pac::CopyPlace pac_copy;            // of a script behind http:// or https://
    Duration pac_fetch_limit = pac::Script::kFetchLimit;
    Duration pac_evaluation_limit = pac::kEvaluationLimit;
    std::vector<std::string> pac_command = pac::own_child_command();
};

}  // namespace culvert::tunnel::proxy
