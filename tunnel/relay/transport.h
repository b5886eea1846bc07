// Where the relay's logic and its WebSocket server meet: links by number, whole messages, no library in sight. Loop
// thread only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace culvert::tunnel::relay {

// Never used twice by one process, so that a late caller cannot reach another link.
using LinkId = std::uint64_t;

// Free bytes in front of every outgoing message: the server writes the frame's header there instead of copying the
// message.
inline constexpr std::size_t kHeadroom = 16;

struct NextMessage {
    std::string bytes;   // kHeadroom bytes, then the message; empty: nothing waits
    bool more = false;   // another message waits behind it
    bool close = false;  // nothing will follow: close the link
};

enum class Carrier : std::uint8_t { WebSocket, LongPoll };

enum class Gone : std::uint8_t { Disconnected, Silent };

class LinkHandler {
  public:
    virtual ~LinkHandler() = default;
    virtual void on_link(LinkId link, std::string peer, Carrier carrier) = 0;
    virtual void on_message(LinkId link, std::string_view message) = 0;
    virtual NextMessage next_message(LinkId link) = 0;  // the link can take one
    // Bytes. A message that arrives in pieces and is larger ends the link before it is whole.
    virtual std::size_t largest_message(LinkId link) const = 0;
    virtual void on_link_gone(LinkId link, Gone why) = 0;
};

class LinkTransport {
  public:
    virtual ~LinkTransport() = default;
    // next_message() will be called soon, never from inside this call.
    virtual void want_write(LinkId link) = 0;
    // Ends the connection without waiting for anything; on_link_gone() follows, never from inside this call.
    virtual void cut(LinkId link) = 0;
};

}  // namespace culvert::tunnel::relay
