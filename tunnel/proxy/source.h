// Where the answer to "which proxy for this host" comes from: the settings, the environment, or a PAC script.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "common/base/clock.h"
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
    // In words: "tunnel.proxy.urls[0]", "environment HTTPS_PROXY", "tunnel.proxy.no_proxy .corp", "environment NO_PROXY
    // .corp", "PAC http://wpad.corp/wpad.dat: PROXY a:3128", "no proxy is configured".
    std::string why;
    std::string note{};  // what else should be known: "its script cannot be fetched: …, so a copy of 3 h ago is used"
};

// Reads one variable; empty: not set.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;
Environment process_environment();

class Source {
  public:
    virtual ~Source() = default;
    // At least one choice, best first. A password of the settings is not in it yet. Any thread.
    virtual Result<std::vector<Choice>> choices_for(const Target& target, const std::stop_token& cancel) = 0;
    // An answer may take seconds, and may fail for a while.
    virtual bool waits() const { return false; }
    // None of the choices led anywhere: the next question is thought over anew.
    virtual void forget(const Target& target);
};

// `proxy: none`, or the URLs that were written.
Result<std::unique_ptr<Source>> make_settings_source(const ProxySettings& settings);
// https_proxy (TLS targets), http_proxy (plain targets; the upper-case name is not read: a web server sets it from a
// request header), then all_proxy; and no_proxy. Of one name lower case wins over upper case; an empty value counts as
// not set. Read once, here.
Result<std::unique_ptr<Source>> make_environment_source(const ProxySettings& settings, const Environment& environment);
// A PAC script; no_proxy of the settings comes before it. `clock` outlives the source.
Result<std::unique_ptr<Source>> make_pac_source(const ProxySettings& settings, const Clock& clock);

}  // namespace culvert::tunnel::proxy
