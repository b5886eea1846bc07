// What the two ends of a long-poll link agree on. A link is a series of POST requests below the tunnel's path, each
// with a Content-Length, so that nothing on the way has a reason to hold or to cache it:
//
//   POST PATH/poll/open                                  → 200, the link's id: 32 hex digits
//   POST PATH/poll/receive?link=ID&ack=N&wait=SECONDS    → 200, number:u64be batch; held for `wait` while nothing is
//                                                          there; then number = N and no batch, else number = N+1
//   POST PATH/poll/send?link=ID&number=N   (batch)       → 200, empty; a number that came before is not taken again
//   POST PATH/poll/close?link=ID                         → 200, empty
//
// 410: the link has ended, with why in words; 409: the numbers are out of step. A repeated receive gets the same batch
// until it was acknowledged. The id is no credential: whoever could see it can cut or delay the link in any case, and
// admission and channel do not trust the link.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/units.h"

namespace culvert::tunnel::envelope::long_poll {

inline constexpr std::string_view kPathSuffix = "/poll/";
inline constexpr std::string_view kOpen = "open";
inline constexpr std::string_view kReceive = "receive";
inline constexpr std::string_view kSend = "send";
inline constexpr std::string_view kClose = "close";
inline constexpr std::string_view kContentType = "application/vnd.culvert.1";
inline constexpr int kGone = 410;
inline constexpr int kOutOfStep = 409;
inline constexpr std::size_t kNumberSize = 8;
inline constexpr std::size_t kLinkIdSize = 32;
inline constexpr Duration kLongestWait = std::chrono::seconds(25);

inline bool is_link_id(std::string_view text) {
    return text.size() == kLinkIdSize && std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
           });
}

inline void append_number(std::string& to, std::uint64_t number) {
    for (int shift = 56; shift >= 0; shift -= 8) to.push_back(static_cast<char>(number >> shift));
}

// Takes the number off the front of an answer; empty: it is too short.
inline std::optional<std::uint64_t> take_number(std::string_view& from) {
    if (from.size() < kNumberSize) return std::nullopt;
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < kNumberSize; ++i) number = number << 8 | static_cast<std::uint8_t>(from[i]);
    from.remove_prefix(kNumberSize);
    return number;
}

}  // namespace culvert::tunnel::envelope::long_poll
