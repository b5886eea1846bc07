// Where the answer to "which proxy for this host" comes from: the settings, or the environment.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/result.h"
#include "common/net/proxy_hop.h"
#include "tunnel/proxy/settings.h"

namespace culvert::tunnel::proxy {

struct Target {
    std::string host;  // IPv6 without brackets
    std::uint16_t port = 443;
    bool tls = true;
};

struct Choice {
    std::optional<net::ProxyHop> proxy;  // none: direct
    std::string why;  // "tunnel.proxy.urls[0]", "environment HTTPS_PROXY", "no_proxy .corp", "no proxy is configured"
};

// Reads one variable; empty: not set.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;
Environment process_environment();

class Source {
  public:
    virtual ~Source() = default;
    // At least one choice, best first. A password of the settings is not in it yet.
    virtual std::vector<Choice> choices_for(const Target& target) const = 0;
};

// `proxy: none`, or the URLs that were written.
Result<std::unique_ptr<Source>> make_settings_source(const ProxySettings& settings);
// HTTPS_PROXY (TLS targets), http_proxy (plain targets; the upper-case name is not read: a web server sets it from a
// request header), ALL_PROXY and NO_PROXY; lower case wins; an empty value counts as not set. Read once, here.
Result<std::unique_ptr<Source>> make_environment_source(const ProxySettings& settings, const Environment& environment);

}  // namespace culvert::tunnel::proxy
