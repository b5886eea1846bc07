// A whole HTTP/1.1 response (RFC 9112), read as its bytes come: by Content-Length, chunked, or to the end of the
// connection, as a box in between may have changed it. Bounded. Pure: bytes in, response out.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "common/base/result.h"
#include "tunnel/link/http_head.h"

namespace culvert::tunnel::link {

class HttpResponse {
  public:
    explicit HttpResponse(std::size_t largest_body) : largest_body_(largest_body) {}

    enum class Progress { NeedMore, Whole };
    // The next bytes, as they come. An error is final. After Whole nothing more may be fed.
    Result<Progress> feed(std::string_view bytes);
    // The connection ended: the response may be whole by that.
    Result<Progress> ended();

    int status() const { return head_.status(); }
    const HttpHead& head() const { return head_; }
    const std::string& body() const { return body_; }
    // Whether another request may follow on the connection; after Whole.
    bool keeps_alive() const { return keeps_alive_; }

  private:
    enum class Part { Head, Sized, ChunkSize, ChunkData, ChunkEnd, Trailer, ToTheEnd, Whole };

    Status begin_body();
    Result<bool> step();
    Result<bool> read_chunk_size();
    Result<bool> read_line(std::string_view& line);
    Status take(std::size_t most);
    Error too_large() const;

    const std::size_t largest_body_;
    Part part_ = Part::Head;
    std::string buffer_;  // not yet taken
    HttpHead head_;
    std::string body_;
    std::size_t left_ = 0;  // of the body, or of the chunk at hand
    bool keeps_alive_ = true;
};

}  // namespace culvert::tunnel::link
