// A middlebox that behaves as it is told: a CONNECT proxy, or a plain forwarder in front of something else, that cuts,
// stalls, delays, holds and re-cuts what it carries; with a CA of its own it looks into TLS and changes what is inside.
#pragma once

#include <atomic>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "common/base/result.h"
#include "tests/support/fault_proxy/connect_request.h"
#include "tests/support/fault_proxy/event_log.h"
#include "tests/support/fault_proxy/faults.h"
#include "tests/support/fault_proxy/tls_authority.h"

namespace culvert::test {

struct FaultProxySettings {
    std::string address = "127.0.0.1";  // IPv4 or IPv6
    std::uint16_t port = 0;             // 0: any
    std::string forward_to;             // HOST:PORT; empty: a CONNECT proxy
    ConnectRules rules;
    std::map<std::string, std::string> hosts;  // names that only the proxy knows
    std::unique_ptr<TlsAuthority> authority;   // not set: it does not look into TLS
    Faults faults;
};

class FaultProxy {
  public:
    // `events` outlives it.
    static Result<std::unique_ptr<FaultProxy>> start(FaultProxySettings settings, EventLog& events);
    ~FaultProxy();
    FaultProxy(const FaultProxy&) = delete;
    FaultProxy& operator=(const FaultProxy&) = delete;

    std::uint16_t port() const { return port_; }
    // "set KEY=VALUE …", "clear"; to every tunnel that is open now: "cut", "reset" (cut with a reset), "stall" (swallow
    // all that comes). Thread-safe.
    Status control(std::string_view line);
    std::size_t open_tunnels() const { return open_tunnels_; }

  private:
    // How often each order was given. A tunnel obeys those that come after it was granted.
    struct Orders {
        int cuts = 0, resets = 0, stalls = 0;
    };

    FaultProxy(FaultProxySettings settings, EventLog& events, int listener, std::uint16_t port);
    void accept_all();
    void serve(int client, const std::string& name);
    void carry(int client, int server, const std::string& name, const std::string& host, Orders before);
    Orders orders() const { return {cuts_, resets_, stalls_}; }
    Result<int> dial(const std::string& host, std::uint16_t port) const;
    Faults faults() const;
    bool refusal_due();

    const FaultProxySettings settings_;
    EventLog& events_;
    const int listener_;
    const std::uint16_t port_;
    std::atomic<bool> stopping_{false};
    std::atomic<int> cuts_{0};
    std::atomic<int> resets_{0};
    std::atomic<int> stalls_{0};
    std::atomic<std::size_t> open_tunnels_{0};
    mutable std::mutex mutex_;
    std::shared_ptr<const Faults> faults_;
    int refusals_ = 0;  // since the faults were set
    std::list<std::thread> serving_;
    std::thread accepting_;
};

}  // namespace culvert::test
