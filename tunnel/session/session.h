// A session: ordered, numbered, acknowledged messages between one controller process and one agent. It outlives links,
// channels and relays. Every message is kept until the peer acknowledged it and is sent again on the next channel; a
// message that was already received is dropped by its number, so each is handed out exactly once and in order for as
// long as both processes live. Loop thread only.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/node_id.h"
#include "common/base/result.h"
#include "common/crypto/identity.h"
#include "common/net/loop.h"
#include "tunnel/link/uplink.h"
#include "tunnel/session/unacked_store.h"

namespace culvert::tunnel::session {

struct SessionLimits {
    std::size_t unacknowledged_bytes =
        8 << 20;  // kept, not in flight (kMostInFlight); then send() says Overloaded and on_writable follows
    Duration silence{std::chrono::seconds(
        15)};  // nothing heard, not even an acknowledgement, while something is in flight: a new channel
    Duration give_up{
        std::chrono::minutes(5)};  // not resumed for so long: the peer forgets the session and on_lost comes
};

class Session;

class SessionEvents {
  public:
    virtual ~SessionEvents() = default;
    virtual void on_message(Session& session, std::string_view message) = 0;
    virtual void on_open(Session& session) = 0;                           // first channel
    virtual void on_interrupted(Session& session, const Error& why) = 0;  // messages wait
    virtual void on_resumed(Session& session) = 0;
    virtual void on_writable(Session& session) = 0;
    virtual void on_lost(Session& session, const Error& why) = 0;  // last event; the session may be destroyed after it
};

class Session {
  public:
    virtual ~Session() = default;
    // At most 1 MiB. Numbered and kept until acknowledged. Overloaded: the window is full; nothing was taken.
    virtual Status send(std::string message) = 0;
    // Unnumbered, may be lost, never waits: clock probes. At most 4 KiB.
    virtual void send_datagram(std::string message) = 0;
    virtual const Address& peer() const = 0;
    virtual const std::string& peer_name() const = 0;
    // What the certificate says that the peer showed on the last channel; nullptr: none was open yet.
    virtual const crypto::Member* certificate() const = 0;
    virtual bool connected() const = 0;
    // Why the last attempt at a channel failed; nothing while connected, or before one failed.
    virtual std::optional<Error> trouble() const = 0;
    virtual std::uint64_t unacknowledged() const = 0;  // messages
    virtual void close(std::string_view reason) = 0;
};

// All sessions of one process, over one uplink. Controllers open(), agents accept.
class Endpoint : public link::UplinkEvents {
  public:
    struct Handlers {
        std::function<SessionEvents&(const Address& peer, const std::string& name)>
            accept;  // agents: who hears a new session
        std::function<void(Session&, std::string_view datagram)> on_datagram;
        std::function<void(const link::LinkInfo&)> on_link_up;
        std::function<void(const Error&, std::optional<Duration> retry_in)> on_link_down;
        std::function<void(const std::vector<link::Presence>&, bool whole_list)> on_presence;
        // A list that is in force from now on; channels were opened anew already.
        std::function<void(std::string_view crl)> on_revocations{};
        std::function<void(envelope::EnvelopeView)> on_other;  // Join, JoinReply
    };
    // `stores` makes the place of unacknowledged messages of each session; without it: memory.
    static std::unique_ptr<Endpoint> create(net::Loop& loop, const crypto::Identity& identity, crypto::MeshTrust& trust,
                                            Role role, SessionLimits limits, Handlers handlers, StoreMaker stores = {});
    // The uplink that carries this endpoint; set once, before uplink.start(). It outlives the endpoint's use of it.
    virtual void attach(link::Uplink& uplink) = 0;
    // Controllers: the session to this agent; the same object while it lives.
    virtual Session& open(const Address& agent, const std::string& name, SessionEvents& events) = 0;
    virtual void close_all(std::string_view reason) = 0;
    // Of this moment; what a caller does to one may end others.
    virtual std::vector<Session*> sessions() = 0;
};

}  // namespace culvert::tunnel::session
