// What travels inside a channel: frames, back to back in one byte stream.
//
//   frame    := length:u32be type:u8 body:octet[length-1]      length counts type and body; at most kLargestFrame
//   Open     := 1 version:u16be session:octet[16] resume:u8 received:u64be [instance:u64be]
//               controller → agent, first; resume 0: a new session is fine, 1: only the old one; instance: of the
//               controller's process, which the relay's word for it must match
//   Opened   := 2 version:u16be session:octet[16] received:u64be     agent → controller, first
//   Message  := 3 number:u64be octet[1…kLargestMessage]              numbers of one direction of one session: 1, 2, 3,
//   … Ack      := 4 received:u64be                                     everything up to here was handed out Datagram :=
//   5 octet[1…kLargestDatagram] Close    := 6 code:u8 reason:octet[0…kLongestReason]             last: the session (not
//   only this channel) is over
//
// A type that is not listed ends the channel; bytes after the listed fields of Open, Opened and Ack are skipped (a
// later version may add some).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "common/base/result.h"

namespace culvert::tunnel::session {

inline constexpr std::uint16_t kVersion = 1;
inline constexpr std::size_t kLargestMessage = 1 << 20;
inline constexpr std::size_t kLargestDatagram = 4 << 10;
inline constexpr std::size_t kLongestReason = 512;
inline constexpr std::size_t kLargestFrame = 1 + 8 + kLargestMessage;

using SessionId = std::array<std::uint8_t, 16>;

struct OpenFrame {
    std::uint16_t version = kVersion;
    SessionId session{};
    bool resume = false;
    std::uint64_t received = 0;
    std::optional<std::uint64_t> instance{};  // earlier versions do not say it
    friend bool operator==(const OpenFrame&, const OpenFrame&) = default;
};

struct OpenedFrame {
    std::uint16_t version = kVersion;
    SessionId session{};
    std::uint64_t received = 0;
    friend bool operator==(const OpenedFrame&, const OpenedFrame&) = default;
};

struct MessageFrame {
    std::uint64_t number = 0;
    std::string_view message;  // borrowed
    friend bool operator==(const MessageFrame&, const MessageFrame&) = default;
};

struct AckFrame {
    std::uint64_t received = 0;
    friend bool operator==(const AckFrame&, const AckFrame&) = default;
};

struct DatagramFrame {
    std::string_view datagram;  // borrowed
    friend bool operator==(const DatagramFrame&, const DatagramFrame&) = default;
};

enum class CloseCode : std::uint8_t {
    Done = 1,            // closed by its owner
    UnknownSession = 2,  // asked to resume a session that is not known here: the peer started anew
    Version = 3,         // no common version
    Full = 4,            // too many sessions
};

struct CloseFrame {
    CloseCode code = CloseCode::Done;
    std::string_view reason;  // borrowed
    friend bool operator==(const CloseFrame&, const CloseFrame&) = default;
};

using Frame = std::variant<OpenFrame, OpenedFrame, MessageFrame, AckFrame, DatagramFrame, CloseFrame>;

std::string encode(const Frame& frame);

// Cuts the byte stream into frames. After an error it is dead: the channel is to be closed.
class FrameReader {
  public:
    // Calls `take` for each frame that is complete; its views live until it returns. Stops early, without error, when
    // `take` returns false.
    Status feed(std::string_view bytes, const std::function<bool(const Frame&)>& take);

  private:
    std::string buffer_;  // of an incomplete frame; at most kLargestFrame + 4
};

}  // namespace culvert::tunnel::session
