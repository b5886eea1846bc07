// One HTTP request after another over one stream, which is dialled again when it has ended. Loop thread only.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "common/net/async_dial.h"
#include "common/net/loop.h"
#include "common/net/stream.h"
#include "tunnel/link/http_response.h"

namespace culvert::tunnel::link {

class HttpLane {
  public:
    using Done = std::function<void(Result<HttpResponse>)>;

    // `stream`: none: dialled with the first request. `memory` outlives the lane.
    HttpLane(net::Loop& loop, net::DialRequest route, net::CredentialMemory& memory, std::size_t largest_body,
             std::unique_ptr<net::Stream> stream);
    ~HttpLane();

    // One at a time. `request` is head and body. `done` comes from the loop, never from within this call, at the latest
    // after `deadline`; it may ask again, but not destroy the lane.
    void ask(std::string request, Duration deadline, Done done);
    bool busy() const { return done_ != nullptr; }
    // Sends what the socket takes at once of a last request, if there is a stream that is free for it.
    void say_last(std::string_view request);
    // No callback comes afterwards.
    void cancel();

  private:
    void dial();
    void dialled(net::DialResult result);
    void watch();
    void ready(bool readable, bool writable);
    void write();
    void read();
    void finish(Result<HttpResponse> result);
    void drop_stream();

    net::Loop& loop_;
    const net::DialRequest route_;
    net::AsyncDial dial_;
    const std::size_t largest_body_;
    std::unique_ptr<net::Stream> stream_;
    std::unique_ptr<net::Loop::Watch> watch_;

    // Of the request at hand.
    Done done_;
    std::string request_;
    std::size_t sent_ = 0;
    std::optional<HttpResponse> response_;
    std::unique_ptr<net::Loop::Timer> deadline_;
};

}  // namespace culvert::tunnel::link
