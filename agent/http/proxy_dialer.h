// Connections to targets behind a proxy: each dial blocks, so a few threads of their own do them and hand over ready
// streams.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/http/url.h"
#include "common/metrics/interval.h"
#include "common/net/stream.h"
#include "tunnel/proxy/settings.h"

namespace culvert::agent::http {

struct DialProblem {
    metrics::ErrorKind kind = metrics::ErrorKind::Proxy;
    std::string what;
};
using DialAnswer = tl::expected<std::unique_ptr<net::Stream>, DialProblem>;

class ProxyDialer {
  public:
    static constexpr unsigned kThreads = 16;  // dials at a time
    static constexpr std::size_t kMostWaiting = 16'384;

    struct Settings {
        tunnel::proxy::ProxySettings proxy;
        std::string credential_file;  // remembers rejected credentials beyond this run; empty: not
        std::vector<std::string> extra_ca_files;
        bool verify_tls = true;  // of targets
    };

    static Result<std::unique_ptr<ProxyDialer>> make(Settings settings);
    ~ProxyDialer();
    ProxyDialer(const ProxyDialer&) = delete;
    ProxyDialer& operator=(const ProxyDialer&) = delete;

    // Any thread. This origin is reached past the proxy, so the engine connects by itself.
    bool goes_direct(const Origin& origin) const;
    // Any thread. `deliver` is called on a thread of the dialer; it must not block. The stream speaks TLS with an https
    // origin. Overloaded: too many dials are waiting.
    Status dial(const Origin& origin, Duration connect_timeout, std::function<void(DialAnswer)> deliver);
    // Cancels every dial; no answer comes afterwards.
    void stop();

  private:
    struct State;
    explicit ProxyDialer(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace culvert::agent::http
