// One relay: settings in, a running service on the loop out. Loop thread only; destroyed while the loop does not run.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/base/result.h"
#include "common/net/loop.h"
#include "tunnel/relay/counters.h"
#include "tunnel/relay/settings.h"

namespace culvert::tunnel::relay {

class Relay {
  public:
    // Reads the mesh CA and the web certificate and listens. Errors name the key of relay.yaml and how to mend it.
    static Result<std::unique_ptr<Relay>> start(net::Loop& loop, RelaySettings settings);
    // The same checks without listening.
    static Status check(const RelaySettings& settings, const Clock& clock);
    virtual ~Relay() = default;

    virtual std::uint16_t port() const = 0;                  // of the first listen address
    virtual std::uint16_t admin_port() const = 0;            // 0: no admin listener
    virtual std::vector<std::string> addresses() const = 0;  // "[::]:443", …, as they came to be
    virtual std::string admin_address() const = 0;
    // Looks at the certificate files now (SIGHUP); every 10 s it does so by itself.
    virtual void reload_certificate() = 0;
    // Takes no more links, tells every node, and calls `done` when all have gone or `limits.linger` is over.
    virtual void drain(std::function<void()> done) = 0;
    virtual Counters counters() const = 0;
};

}  // namespace culvert::tunnel::relay
