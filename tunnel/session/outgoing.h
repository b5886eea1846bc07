// The sending half of a session: messages get numbers, are kept until acknowledged, and are sent again from the peer's
// last number on each new channel.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/result.h"
#include "tunnel/session/unacked_store.h"

namespace culvert::tunnel::session {

class Outgoing {
  public:
    struct Next {
        std::uint64_t number;
        std::string message;
    };

    Outgoing(std::unique_ptr<UnackedStore> store, std::size_t capacity_bytes);

    // Overloaded when capacity_bytes would be passed (a single message always fits) or the store is full; nothing was
    // taken.
    Status append(std::string_view message);
    // A new channel: the peer has everything up to `received`; the rest is unsent again. InvalidInput: it claims what
    // was never sent.
    Status resume_after(std::uint64_t received);
    // InvalidInput: acknowledges what was not sent on this channel.
    Status acknowledge(std::uint64_t received);

    bool has_unsent() const { return sent_ < last_; }
    // The next message in order; it is in flight from now on. Internal: the store could not be read.
    Result<Next> take_unsent();

    std::size_t in_flight_bytes() const { return in_flight_bytes_; }
    std::size_t kept_bytes() const { return kept_bytes_; }
    std::uint64_t kept_messages() const { return last_ - acknowledged_; }
    std::uint64_t acknowledged() const { return acknowledged_; }
    bool in_flight() const { return sent_ > acknowledged_; }

  private:
    void drop_up_to(std::uint64_t number);

    const std::unique_ptr<UnackedStore> store_;
    const std::size_t capacity_bytes_;
    std::deque<std::uint32_t> sizes_;  // of the messages acknowledged_ + 1 … last_
    std::uint64_t last_ = 0;           // number of the newest message
    std::uint64_t sent_ = 0;           // … of the newest that went onto the present channel
    std::uint64_t acknowledged_ = 0;
    std::size_t kept_bytes_ = 0;
    std::size_t in_flight_bytes_ = 0;
};

}  // namespace culvert::tunnel::session
