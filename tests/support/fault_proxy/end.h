// One end of a tunnel: a non-blocking socket, in clear or, where traffic is inspected, with TLS on it.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include <openssl/ssl.h>

#include "common/base/result.h"
#include "common/base/units.h"

namespace culvert::test {

// One thread.
class End {
  public:
    enum class Got { Bytes, Nothing, Finished, Broken };
    struct Read {
        Got got = Got::Nothing;
        std::size_t count = 0;
    };

    // Takes the socket over.
    explicit End(int fd);
    ~End();
    End(const End&) = delete;
    End& operator=(const End&) = delete;

    // Both wait, at most `patience`, for the handshake to end. `server_name`: whom the client asks for.
    Status accept_tls(SSL_CTX* context, Duration patience);
    Status connect_tls(SSL_CTX* context, const std::string& server_name, Duration patience);

    Read read(char* to, std::size_t most);
    // How many bytes were taken; -1: broken.
    long write(std::string_view bytes);
    bool has_decrypted_bytes() const { return ssl_ && SSL_pending(ssl_.get()) > 0; }
    int fd() const { return fd_; }
    std::string chosen_alpn() const;
    // The socket is closed with a reset, whatever is still to be sent.
    void reset_on_close();

  private:
    struct Free {
        void operator()(SSL* ssl) const { SSL_free(ssl); }
    };
    Status handshake(int (*step)(SSL*), Duration patience);

    const int fd_;
    std::unique_ptr<SSL, Free> ssl_;
};

}  // namespace culvert::test
