// The receiving half of a session: hands each number out once and in order, and knows when an acknowledgement is due.
#pragma once

#include <cstddef>
#include <cstdint>

#include "common/base/units.h"

namespace culvert::tunnel::session {

inline constexpr Duration kLatestAck = std::chrono::milliseconds(50);
inline constexpr std::uint32_t kMessagesPerAck = 64;
inline constexpr std::size_t kBytesPerAck =
    128 << 10;  // well below what a sender has in flight, so that it never waits for a timer

class Incoming {
  public:
    enum class Arrival : std::uint8_t {
        New,        // hand it out
        Duplicate,  // seen before: the peer has not seen our acknowledgement yet
        Gap,        // one is missing: the channel is broken
    };

    Arrival arrived(std::uint64_t number, std::size_t bytes) {
        if (number <= received_) {
            duplicate_ = true;
            return Arrival::Duplicate;
        }
        if (number != received_ + 1) return Arrival::Gap;
        received_ = number;
        ++messages_;
        bytes_ += bytes;
        return Arrival::New;
    }

    bool ack_due_now() const { return messages_ >= kMessagesPerAck || bytes_ >= kBytesPerAck || duplicate_; }
    bool ack_due_soon() const { return messages_ != 0; }
    // The number to acknowledge; what was due is settled.
    std::uint64_t take_ack() {
        messages_ = 0;
        bytes_ = 0;
        duplicate_ = false;
        return received_;
    }
    std::uint64_t received() const { return received_; }

  private:
    std::uint64_t received_ = 0;
    std::uint32_t messages_ = 0;  // since the last acknowledgement
    std::size_t bytes_ = 0;
    bool duplicate_ = false;
};

}  // namespace culvert::tunnel::session
