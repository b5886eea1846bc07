// One open tunnel of a fault proxy, from its first byte to its end.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "common/base/clock.h"
#include "tests/support/fault_proxy/end.h"
#include "tests/support/fault_proxy/event_log.h"
#include "tests/support/fault_proxy/inspector.h"
#include "tests/support/fault_proxy/lane.h"
#include "tests/support/fault_proxy/tls_authority.h"

namespace culvert::test {

// One thread.
class Tunnel {
  public:
    enum class Order { Carry, Stall, Cut, Reset, Stop };  // Stall: swallows everything from now on

    // Takes both sockets over. `faults` and `order` are asked again and again.
    Tunnel(int client, int server, std::string name, EventLog& events, std::function<Faults()> faults,
           std::function<Order()> order);

    // Ends TLS here and begins it anew towards the server; false: somebody did not want that.
    bool inspect(TlsAuthority& authority, const std::string& host);
    // Until it is over.
    void run();

  private:
    const char* over(const Faults& faults, SteadyTime now);
    bool move(const Faults& faults, SteadyTime now);
    void wait();
    void finish(const char* why, bool reset);

    const std::string name_;
    EventLog& events_;
    const std::function<Faults()> faults_;
    const std::function<Order()> order_;
    const SystemClock clock_;
    const SteadyTime start_;
    SteadyTime last_byte_;
    std::uint64_t bytes_ = 0;
    End client_, server_;
    std::unique_ptr<Inspector> inspector_;
    Lane up_, down_;
    const char* ended_ = nullptr;
    bool stalled_ = false;
};

}  // namespace culvert::test
