// The bytes of one connection to a target: a socket, TLS over a socket, or a stream that was dialled through a proxy.
// Non-blocking.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "agent/http/tls_context.h"
#include "common/net/stream.h"

struct sockaddr_storage;

namespace culvert::agent::http {

struct IoResult {
    enum class Kind : std::uint8_t { Done, WantRead, WantWrite, Closed, Reset, TlsBroken, SystemError };
    Kind kind = Kind::Done;
    std::size_t count = 0;  // Done only; more than 0
    int error_number = 0;   // Reset, SystemError
};

class Transport {
  public:
    Transport() = default;
    Transport(const Transport&) = delete;
    Transport& operator=(const Transport&) = delete;
    ~Transport() { close(); }

    // Begins to connect: Done when it already is, WantWrite when the socket will tell, else SystemError.
    IoResult connect(const sockaddr_storage& address);
    // What became of a connect that was under way.
    IoResult connected();
    void start_tls(Ssl ssl);
    // Done once the handshake is over.
    IoResult handshake();
    void adopt(std::unique_ptr<net::Stream> stream);

    IoResult receive(std::span<char> into);
    IoResult send(std::string_view bytes);
    // Bytes that were read from the socket and not yet given out: the socket will not announce them again.
    bool has_pending() const;

    bool open() const { return fd_ >= 0; }
    int fd() const { return fd_; }
    // TLS: why the handshake or a record failed.
    std::string tls_problem() const;
    std::string local_address() const;
    std::string remote_address() const;
    void close();

  private:
    IoResult of_system(int error_number) const;
    IoResult of_tls(int returned);

    int fd_ = -1;
    Ssl ssl_;
    bool peer_gone_ = false;               // TLS: nothing may be written any more
    std::unique_ptr<net::Stream> stream_;  // owns fd_, when set
};

}  // namespace culvert::agent::http
