// End-to-end TLS 1.3 between one controller (client) and one agent (server) over memory BIOs: bytes in, bytes out, no
// sockets. Both sides show mesh certificates. A relay, or a proxy that inspects TLS, can drop or delay what a channel
// carries; it cannot read, forge, replay or reorder. Anything that does not verify ends the channel; the session then
// opens another one. Loop thread only. A channel may be destroyed inside any of its own events.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "common/base/node_id.h"
#include "common/base/result.h"
#include "common/crypto/identity.h"

namespace culvert::tunnel::channel {

struct ChannelEvents {
    std::function<void(std::string ciphertext)> on_ciphertext;  // to be carried to the peer, in order
    std::function<void()>
        on_open;  // handshake done, peer verified; the peer may still refuse us (on_closed then says why)
    std::function<void(std::string_view plaintext)> on_plaintext;
    std::function<void(const Error&)> on_closed;  // once, the last; the channel is dead. Not after our own close().
};

// One piece of ciphertext at most, so that it fits into one envelope.
inline constexpr std::size_t kLargestPiece = 15 << 10;

class Channel {
  public:
    // The client end expects exactly `peer`; the server end accepts any controller of the mesh (peer_id() tells which).
    // `trust` answers for the mesh CA, revocations and roles, and outlives the channel; so does `identity`.
    static std::unique_ptr<Channel> client(const crypto::Identity& identity, const crypto::MeshTrust& trust,
                                           NodeId peer, ChannelEvents events);
    static std::unique_ptr<Channel> server(const crypto::Identity& identity, const crypto::MeshTrust& trust,
                                           ChannelEvents events);
    virtual ~Channel() = default;

    virtual void start() = 0;
    // Pieces of the peer in the order they were sent, of any size. What was altered, lost, repeated or reordered on the
    // way ends the channel.
    virtual void feed(std::string_view ciphertext) = 0;
    virtual Status write(std::string_view plaintext) = 0;  // Disconnected before on_open and after on_closed
    // Says goodbye to the peer; no events afterwards.
    virtual void close() = 0;
    virtual bool open() const = 0;
    virtual const NodeId& peer_id() const = 0;  // after on_open
    virtual const std::string& peer_name() const = 0;
    // What the peer's certificate says; after on_open.
    virtual const crypto::Member& peer() const = 0;
};

}  // namespace culvert::tunnel::channel
