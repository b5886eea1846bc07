// A node's standing connection to its relay: dials through the proxy, is admitted, stays admitted. Reconnects by itself
// with full-jitter back-off, fails over along the list of relays, and batches what is sent. What was in flight when a
// link broke is lost here and resent by the session. Loop thread only.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/node_id.h"
#include "common/base/result.h"
#include "common/net/loop.h"
#include "common/net/stream.h"
#include "tunnel/envelope/envelope.h"
#include "tunnel/envelope/presence.h"

namespace culvert::tunnel::link {

enum class Transport : std::uint8_t { WebSocket, LongPoll };

// In logs, of every program.
inline const char* name_of(Transport transport) {
    return transport == Transport::WebSocket ? "websocket" : "long_poll";
}

// What a link turned out to be, once admitted.
struct LinkInfo {
    std::string relay;  // the URL that answered
    Transport transport = Transport::WebSocket;
    net::Route route;
    Duration handshake{};         // of the attempt that got through: from the dial to Admitted
    Duration rtt{};               // smallest of the recent echoes
    Duration clock_difference{};  // relay's wall clock minus ours at admission, ± half an RTT: for messages about
                                  // certificates
};

using envelope::Presence;

// Called on the loop, never from within a call of Uplink. They may call stop() and send(), but not destroy the uplink.
class UplinkEvents {
  public:
    virtual ~UplinkEvents() = default;
    // Again while up: the link was renewed without losing an envelope; `info` may say another transport.
    virtual void on_up(const LinkInfo& info) = 0;
    // `retry_in` empty: it will not come back by itself (refused for good; `why` says how to mend it).
    virtual void on_down(const Error& why, std::optional<Duration> retry_in) = 0;
    virtual void on_envelope(envelope::EnvelopeView envelope) = 0;  // Data, Unreachable, Join, JoinReply, JoinState,
                                                                    // PendingList, Revocations
    virtual void on_presence(const std::vector<Presence>& changes, bool whole_list) = 0;  // controllers only
    // Room again after send() said Overloaded.
    virtual void on_writable() = 0;
};

class Uplink {
  public:
    virtual ~Uplink() = default;
    virtual void start() = 0;
    // Says goodbye to the relay and closes; no further events.
    virtual void stop() = 0;
    // Takes the envelope for the current link. Disconnected: no link (dropped). Overloaded: the queue is full; wait for
    // on_writable().
    virtual Status send(const envelope::Envelope& envelope) = 0;
    virtual const std::optional<LinkInfo>& info() const = 0;
    // The longest round trip known of: of the link, or of the attempt at hand. 0: none yet.
    virtual Duration round_trip() const { return {}; }
    // Of this process: what envelopes say in `from`, beside the node's id. A relay ends the link of a node that says
    // another.
    virtual std::uint64_t instance() const { return 0; }
};

}  // namespace culvert::tunnel::link
