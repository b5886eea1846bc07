// For one host, the ways to go there, in the order to try them, each with the reason why. Where the answer comes from is a Source: the settings or the environment.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/net/proxy_hop.h"
#include "tunnel/proxy/dead_list.h"
#include "tunnel/proxy/settings.h"

namespace culvert::tunnel::proxy {

struct Target {
    std::string host;  // IPv6 without brackets
    std::uint16_t port = 443;
    bool tls = true;
};

struct Choice {
    std::optional<net::ProxyHop> proxy;  // none: direct
    std::string why;                     // "tunnel.proxy.urls[0]", "environment HTTPS_PROXY", "no_proxy .corp", "no proxy is configured"
};

// Reads one variable; empty optional: not set.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;
Environment process_environment();

class Source {
  public:
    virtual ~Source() = default;
    // At least one choice, best first.
    virtual Result<std::vector<Choice>> choices_for(const Target& target) const = 0;
};

Result<std::unique_ptr<Source>> make_settings_source(const ProxySettings& settings);
Result<std::unique_ptr<Source>> make_environment_source(const ProxySettings& settings, const Environment& environment);

// One thread.
class Selector {
  public:
    // InvalidInput: a URL or a no_proxy entry that nothing can be made of.
    static Result<Selector> create(const ProxySettings& settings, const Environment& environment, const Clock& clock);

    // Proxies that were found dead stand behind the others until they are due again. `direct: never` leaves no direct choice; an error says so if none is left.
    Result<std::vector<Choice>> choices_for(const Target& target) const;
    void note_dead(const net::ProxyHop& proxy);
    void note_alive(const net::ProxyHop& proxy);

  private:
    Selector(std::unique_ptr<Source> source, bool direct_never, std::string key, const Clock& clock);

    std::unique_ptr<Source> source_;
    bool direct_never_;
    std::string key_;
    DeadList dead_;
};

}  // namespace culvert::tunnel::proxy
