// The rival of a tunnel: one connection that libcurl makes (CONNECT_ONLY) through a proxy with a password, with TLS, to
// a server that sends back what it gets. Nothing above it.
#pragma once

#include <curl/curl.h>

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/result.h"

namespace culvert::bench {

class CurlEcho {
  public:
    struct Path {
        std::string url;  // https://HOST:PORT/
        std::string ca_file;
        std::string proxy, proxy_user, proxy_password;
    };
    static Result<std::unique_ptr<CurlEcho>> connect(const Path& path);

    // One after another; each adds its microseconds.
    Status measure(const std::string& body, std::size_t count, std::vector<double>& micros);

  private:
    struct Close {
        void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
    };
    explicit CurlEcho(std::unique_ptr<CURL, Close> easy);
    Status echo(const std::string& body);
    bool wait_readable() const;

    const SystemClock clock_;
    const std::unique_ptr<CURL, Close> easy_;
    curl_socket_t fd_ = CURL_SOCKET_BAD;
};

}  // namespace culvert::bench
