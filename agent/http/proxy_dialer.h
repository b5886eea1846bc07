// Connections to targets behind a proxy: each dial blocks, so a few threads of their own do them and hand over ready
// streams.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/http/url.h"
#include "common/base/secret.h"
#include "common/metrics/interval.h"
#include "common/net/stream.h"

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
        std::string proxy;  // "http://proxy.corp:3128", https, socks5h; without credentials
        std::string username;
        Secret password;
        std::vector<std::string> extra_ca_files;
        bool verify_tls = true;  // of targets
    };

    static Result<std::unique_ptr<ProxyDialer>> make(Settings settings);
    ~ProxyDialer();
    ProxyDialer(const ProxyDialer&) = delete;
    ProxyDialer& operator=(const ProxyDialer&) = delete;

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
