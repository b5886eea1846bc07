// The head of an HTTP/1.1 response (RFC 9112), bounded; whatever relay, proxy or captive portal wrote it. Pure: bytes
// in, verdict out.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/result.h"

namespace culvert::tunnel::link {

inline constexpr std::size_t kLargestResponseHead = 16 << 10;
inline constexpr std::size_t kMostHeaders = 100;

class HttpHead {
  public:
    // Takes a whole head off the front of `buffer`, skipping interim answers (1xx but 101). False: more bytes are
    // needed. An error says what is broken, and is final.
    Result<bool> take_from(std::string& buffer);

    int status() const { return status_; }  // 0: none yet
    // What follows the status, bounded and printable.
    const std::string& reason() const { return reason_; }
    // The first of this name (in lower case); nullptr: absent.
    const std::string* header(std::string_view name) const;
    bool header_has_token(std::string_view name, std::string_view token) const;

  private:
    Status read(std::string_view head);
    Status read_status_line(std::string_view line);
    Status read_header(std::string_view line);

    int interims_ = 0;  // 1xx answers that came before
    int status_ = 0;
    std::string reason_;
    std::vector<std::pair<std::string, std::string>> headers_;  // names in lower case
};

}  // namespace culvert::tunnel::link
