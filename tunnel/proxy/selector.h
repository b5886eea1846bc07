// For one host, the ways to go there, in the order to try them, each with the reason why.
#pragma once

#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/result.h"
#include "tunnel/proxy/dead_list.h"
#include "tunnel/proxy/settings.h"
#include "tunnel/proxy/source.h"

namespace culvert::tunnel::proxy {

// Thread-safe.
class Selector {
  public:
    // InvalidInput: a URL or a no_proxy entry that nothing can be made of. `clock` outlives it.
    static Result<Selector> create(const ProxySettings& settings, const Environment& environment, const Clock& clock);

    // Proxies that were found dead are passed over until they are due again; when all are dead, and no direct way is
    // left either, all are tried. `direct: never` takes every direct choice away, whether a PAC script, no_proxy or the
    // lack of any proxy made it; an error says so if none is left. Blocks where waits(), and reads the password's file.
    Result<std::vector<Choice>> choices_for(const Target& target, const std::stop_token& cancel = {}) const;
    // choices_for() may take seconds, and may fail for a while: not on a loop, and not as a check of settings.
    bool waits() const { return source_->waits(); }
    // This host is reached past the proxy, as far as can be told at once: false where waits().
    bool surely_direct(const Target& target) const;
    void note_dead(const net::ProxyHop& proxy);
    void note_alive(const net::ProxyHop& proxy);

  private:
    Selector(ProxySettings settings, std::unique_ptr<Source> source, const Clock& clock);
    Status add_password(std::vector<Choice>& choices) const;
    Status drop_direct(std::vector<Choice>& choices, const Target& target) const;
    bool all_dead(const std::vector<Choice>& choices) const;
    void drop_dead(std::vector<Choice>& choices) const;

    ProxySettings settings_;
    std::unique_ptr<Source> source_;
    std::unique_ptr<std::mutex> mutex_;  // guards dead_
    DeadList dead_;
};

}  // namespace culvert::tunnel::proxy
