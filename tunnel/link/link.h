// One link: envelopes between this node and one relay, over whatever carries them, until it breaks. Loop thread only.
#pragma once

#include <string_view>

#include "common/base/result.h"
#include "common/base/units.h"
#include "tunnel/envelope/envelope.h"

namespace culvert::tunnel::link {

// Called from the loop, never from within a call of Link. May call anything of the link, but not destroy it.
class LinkListener {
  public:
    virtual ~LinkListener() = default;
    virtual void on_link_open() = 0;  // the relay speaks our protocol
    virtual void on_link_envelope(envelope::EnvelopeView envelope) = 0;
    virtual void on_link_writable() = 0;                // after send() said Overloaded
    virtual void on_link_closed(const Error& why) = 0;  // once, and the last call
};

class Link {
  public:
    virtual ~Link() = default;
    // From now on; also in the middle of a batch.
    virtual void listen(LinkListener& listener) = 0;
    // Overloaded: the queue is full. Disconnected: closed.
    virtual Status send(const envelope::Envelope& envelope) = 0;
    // Sends what the socket takes at once, then a goodbye; no callback comes afterwards.
    virtual void close(std::string_view reason) = 0;
    // Since anything was heard from the relay, or, when a question for a sign of life is out, until it was asked.
    virtual Duration silent_for() const = 0;
};

}  // namespace culvert::tunnel::link
