// Bodies that a server compressed because the plan asked for it with Accept-Encoding: gzip and deflate (RFC
// 9110, 8.4.1), as they come, in bounded memory. zlib's only door.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

struct z_stream_s;

namespace culvert::agent::http {

// One body; some 40 KB of memory until it is over.
class ContentDecoder {
  public:
    // `coding`: the value of Content-Encoding. Null: another coding, or several, or no memory.
    static std::unique_ptr<ContentDecoder> make(std::string_view coding);
    // Nothing is coded: an absent or empty Content-Encoding, or "identity".
    static bool is_plain(std::string_view coding);

    // Appends what the bytes say until `out` has `most` bytes. False: there was more than that.
    bool append(std::string_view bytes, std::string& out, std::size_t most);
    // After the last byte. Empty: all is well; else what is wrong with the body.
    std::string_view problem() const;

  private:
    struct Free {
        void operator()(z_stream_s* stream) const;
    };
    enum class State { Empty, Running, AtEnd, Full, Broken };

    explicit ContentDecoder(std::unique_ptr<z_stream_s, Free> stream, bool deflate)
        : stream_(std::move(stream)), deflate_(deflate) {}
    bool begin_member(std::string_view bytes);

    std::unique_ptr<z_stream_s, Free> stream_;
    const bool deflate_;
    State state_ = State::Empty;
};

}  // namespace culvert::agent::http
