// What the endpoints of controllers and agents have in common: the uplink below them, and a place where what ended
// waits to be destroyed.
#pragma once

#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "common/base/log.h"
#include "common/base/log_budget.h"
#include "common/crypto/identity.h"
#include "tunnel/session/framed_channel.h"
#include "tunnel/session/numbered_session.h"
#include "tunnel/session/scheduler.h"
#include "tunnel/session/session.h"

namespace culvert::tunnel::session {

// Everything an endpoint needs from outside; tests give virtual time and channels without cryptography.
struct EndpointParts {
    std::unique_ptr<Scheduler> scheduler;
    ChannelMaker channels;
    SessionLimits limits;
    Endpoint::Handlers handlers;
    StoreMaker stores;
    // Whether this list of revocations is the one that counts now: the uplink has given it to the MeshTrust before.
    // Empty: none ever does.
    std::function<bool(std::string_view crl)> revocations_in_force;
    std::function<bool(std::string_view serial)> revoked{};
    NodeId self;
    std::uint64_t seed = 0;  // of session ids and jitter
};

// A channel that was not opened after so long is given up, and the next one gets twice as long: a path may be slow on
// the other side of the relay, too.
inline constexpr Duration kHandshakeTimeout = std::chrono::seconds(10);
inline constexpr Duration kLongestHandshake = std::chrono::seconds(80);
inline constexpr int kHandshakeTrips = 6;  // of our own link: a handshake is two from end to end

class EndpointBase : public Endpoint, public Outlet, public SessionOwner {
  public:
    explicit EndpointBase(EndpointParts parts);

    void attach(link::Uplink& uplink) final;

    void on_up(const link::LinkInfo& info) final;
    void on_down(const Error& why, std::optional<Duration> retry_in) final;
    void on_envelope(envelope::EnvelopeView envelope) final;
    void on_presence(const std::vector<link::Presence>& changes, bool whole_list) final;
    void on_writable() final;

    Status send_data(const Address& to, std::string body) final;
    void bury(std::unique_ptr<FramedChannel> channel) final;

  protected:
    virtual void link_is_up() = 0;
    virtual void data_arrived(const Address& from, const Carriage& carriage) = 0;
    virtual void peer_unreachable(const Address& peer) = 0;
    virtual void presence_changed(const std::vector<link::Presence>& changes, bool whole_list) = 0;
    // Drops every channel; sessions are interrupted.
    virtual void drop_channels(const Error& why, FramedChannel::Farewell farewell) = 0;
    virtual void flush_channels() = 0;

    std::unique_ptr<NumberedSession> make_session(const Address& peer, std::string name, const SessionId& id,
                                                  SessionEvents& events);
    void bury(std::unique_ptr<NumberedSession> session);
    SessionId random_session_id();
    std::uint64_t random() { return random_(); }
    // A warning that others may cause as often as they like: so many lines a minute, the rest is counted.
    void complain(const std::string& what, const std::vector<log::Field>& fields);
    bool link_up() const { return link_up_; }
    std::uint64_t instance() const { return uplink_ == nullptr ? 0 : uplink_->instance(); }
    // Of our link to the relay, when it came up.
    Duration link_round_trip() const { return link_round_trip_; }
    EndpointParts& parts() { return parts_; }

  private:
    void revocations_arrived(std::string_view crl);
    void sweep_later();

    EndpointParts parts_;
    std::mt19937_64 random_;
    link::Uplink* uplink_ = nullptr;
    bool link_up_ = false;
    Duration link_round_trip_{};
    LogBudget complaints_;
    std::string revocations_;  // that all channels were opened under
    // Ended, but perhaps still on the stack: destroyed by sweep_timer_.
    std::vector<std::unique_ptr<FramedChannel>> buried_channels_;
    std::vector<std::unique_ptr<NumberedSession>> buried_sessions_;
    Timer sweep_timer_;
};

}  // namespace culvert::tunnel::session
