// For one host, the ways to go there, in the order to try them, each with the reason why.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/result.h"
#include "tunnel/proxy/dead_list.h"
#include "tunnel/proxy/settings.h"
#include "tunnel/proxy/source.h"

namespace culvert::tunnel::proxy {

// One thread.
class Selector {
  public:
    // InvalidInput: a URL or a no_proxy entry that nothing can be made of.
    static Result<Selector> create(const ProxySettings& settings, const Environment& environment, const Clock& clock);

    // Proxies that were found dead stand behind the others until they are due again. `direct: never` leaves no direct
    // choice; an error says so if none is left.
    Result<std::vector<Choice>> choices_for(const Target& target) const;
    void note_dead(const net::ProxyHop& proxy) { dead_.note_dead(proxy.url); }
    void note_alive(const net::ProxyHop& proxy) { dead_.note_alive(proxy.url); }

  private:
    Selector(ProxySettings settings, std::unique_ptr<Source> source, const Clock& clock);
    Status add_password(std::vector<Choice>& choices) const;
    Status check_direct(const std::vector<Choice>& choices, const Target& target) const;

    ProxySettings settings_;
    std::unique_ptr<Source> source_;
    DeadList dead_;
};

}  // namespace culvert::tunnel::proxy
