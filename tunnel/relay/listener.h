// A listening TCP socket: binds, accepts, hands accepted descriptors on. Loop thread only.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "common/base/result.h"
#include "common/net/loop.h"

namespace culvert::tunnel::relay {

class Listener {
  public:
    // `where`: "[::]:443" (IPv4 too), "127.0.0.1:0", "localhost:8443". `accepted` owns each descriptor: non-blocking,
    // without Nagle's delay. Errors say which address and how to mend it.
    static Result<std::unique_ptr<Listener>> open(net::Loop& loop, const std::string& where,
                                                  std::function<void(int fd)> accepted);
    ~Listener();
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

    std::uint16_t port() const { return port_; }
    const std::string& address() const { return address_; }  // with the actual port

  private:
    Listener(net::Loop& loop, int fd, std::string where, std::function<void(int fd)> accepted);
    void accept_waiting();

    net::Loop& loop_;
    const int fd_;
    std::uint16_t port_ = 0;
    std::string address_;
    const std::function<void(int fd)> accepted_;
    std::unique_ptr<net::Loop::Watch> watch_;
    std::unique_ptr<net::Loop::Timer> pause_;  // no descriptors left: try again later
};

}  // namespace culvert::tunnel::relay
