// A Stream over a connection that libcurl made. Private to common/net.
#pragma once

#include <memory>

#include "common/net/curl_connection.h"
#include "common/net/stream.h"

namespace culvert::net {

class CurlStream final : public Stream {
  public:
    CurlStream(std::unique_ptr<CurlConnection> connection, Route route);

    Result<std::size_t> receive(std::span<std::byte> into) override;
    Result<std::size_t> send(std::span<const std::byte> from) override;
    int fd() const override { return fd_; }
    const Route& route() const override { return route_; }

  private:
    std::unique_ptr<CurlConnection> connection_;
    Route route_;
    int fd_ = -1;
};

}  // namespace culvert::net
