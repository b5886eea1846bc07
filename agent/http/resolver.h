// Names to addresses on a thread of its own, so that no worker ever waits for DNS. What was found is kept for the run.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/result.h"

namespace culvert::agent::http {

// An address without its port.
struct IpAddress {
    sockaddr_storage storage{};
};

std::string to_string(const IpAddress& address);
sockaddr_storage with_port(const IpAddress& address, std::uint16_t port);
// The address that `host` itself is: "10.0.0.1", "::1". nullopt: a name.
std::optional<IpAddress> parse_literal(const std::string& host);

class Resolver {
  public:
    using Answer = Result<std::vector<IpAddress>>;  // at least one address
    static constexpr std::size_t kMostAddresses = 64;
    static constexpr std::size_t kMostKept = 4096;     // names; beyond that, answers are not kept
    static constexpr std::size_t kMostWaiting = 4096;  // names asked for and not answered

    Resolver();
    ~Resolver() { stop(); }
    Resolver(const Resolver&) = delete;
    Resolver& operator=(const Resolver&) = delete;

    // Any thread. `deliver` is called on the resolver's thread; it must not block. Overloaded: too many names are
    // waiting.
    Status resolve(std::string host, std::function<void(Answer)> deliver);

    // No answer comes afterwards; a look-up under way is left behind. Any thread, but none that answers come on.
    void stop();

  private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace culvert::agent::http
