// The envelope: a clear routing header and an opaque body; all that a relay can read.
//
//   envelope := version:u8(=1) kind:u8 body_length:u32be from:address to:address body:octet[body_length]
//   address  := node:octet[16] instance:u64be
//   batch    := envelope+          one WebSocket message, or the body of one long-poll request; at most kLargestBatch
//   bytes
//
// All numbers are big-endian. body_length is at most kLargestBody; more, another version or a batch that ends inside an
// envelope is a protocol error and ends the link. An unknown kind is one too.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/node_id.h"
#include "common/base/result.h"

namespace culvert::tunnel::envelope {

enum class Kind : std::uint8_t {
    Data = 1,         // node ⇄ node through the relay; body is the channel's
    Challenge = 2,    // relay → node, first on every link
    Hello = 3,        // node → relay: certificate and signature
    Admitted = 4,     // relay → node
    Refused = 5,      // relay → node, last on the link: Refusal
    Presence = 6,     // relay → controller: who is connected; whole list after admission, then changes
    Join = 7,         // pending node → relay → a controller that enrols
    JoinReply = 8,    // controller → relay → pending node
    Revocations = 9,  // controller → relay → every node: a CRL signed by the mesh CA
    Echo = 10,        // node → relay, answered at once with EchoReply and the same body
    EchoReply = 11,
    Unreachable = 12,  // relay → sender: the addressee of a Data is not connected here
    Closing = 13,      // relay → node, last on the link: Refusal (drained, slow consumer, newer link, revoked)
    JoinState = 14,    // relay → pending node: whether a controller that enrols is connected
    PendingAsk = 15,   // controller → relay: which joins wait?
    PendingList = 16,  // relay → controller: the answer
};

const char* to_string(Kind kind);

inline constexpr std::size_t kHeaderSize = 1 + 1 + 4 + 24 + 24;
inline constexpr std::size_t kLargestBody = 16 << 10;
inline constexpr std::size_t kLargestBatch = 64 << 10;  // what a receiver accepts
inline constexpr std::size_t kBatchTarget = 16 << 10;   // what a sender fills before it starts the next message

struct Envelope {
    Kind kind = Kind::Data;
    Address from, to;
    std::string body;

    friend bool operator==(const Envelope&, const Envelope&) = default;
};

// A view into a batch: routing needs no copy of the body.
struct EnvelopeView {
    Kind kind = Kind::Data;
    Address from, to;
    std::string_view body;
    std::string_view whole;  // header and body, as received: a relay forwards these bytes
};

void append_to(std::string& batch, const Envelope& envelope);
// Takes one envelope off the front of `batch`. InvalidInput: the peer broke the protocol.
Result<EnvelopeView> take_front(std::string_view& batch);

}  // namespace culvert::tunnel::envelope
