// The chunked transfer coding (RFC 9112, 7.1), byte by byte as it comes. Extensions and trailers are read and dropped.
#pragma once

#include <cstdint>
#include <string_view>

namespace culvert::agent::http {

class ChunkedDecoder {
  public:
    static constexpr std::size_t kLongestLine = 8 << 10;  // of a chunk's size and extensions
    static constexpr std::size_t kLongestTrailers = 64 << 10;

    enum class Step : std::uint8_t { NeedMore, Data, Done, Broken };

    // Takes bytes from the front of `bytes`. Data: `data` is part of the body and there may be more; call again.
    Step next(std::string_view& bytes, std::string_view& data);

  private:
    enum class State : std::uint8_t {
        Size,
        Extension,
        SizeEnd,
        Data,
        DataCr,
        DataLf,
        TrailerStart,
        Trailer,
        TrailerEnd
    };

    Step line_byte(char c);

    State state_ = State::Size;
    bool any_digit_ = false;
    std::uint64_t left_ = 0;       // of the chunk
    std::size_t line_length_ = 0;  // of the size line, or of all trailers
};

}  // namespace culvert::agent::http
