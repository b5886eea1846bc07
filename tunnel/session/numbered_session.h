// What both ends of a session have in common: messages out and in, acknowledgements, silence, giving up. Who opens
// channels is the owner's matter.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "tunnel/session/framed_channel.h"
#include "tunnel/session/incoming.h"
#include "tunnel/session/outgoing.h"
#include "tunnel/session/scheduler.h"
#include "tunnel/session/session.h"

namespace culvert::tunnel::session {

class NumberedSession;

// The endpoint, as a session needs it.
class SessionOwner {
  public:
    virtual ~SessionOwner() = default;
    virtual void on_detached(NumberedSession& session) = 0;         // needs another channel
    virtual void on_over(NumberedSession& session) = 0;             // to be destroyed, but not within this call
    virtual void bury(std::unique_ptr<FramedChannel> channel) = 0;  // likewise
};

// Sent and not acknowledged on the present channel: enough for 10 MiB/s at 100 ms, and well below what a relay keeps
// for a node.
inline constexpr std::size_t kMostInFlight = 1 << 20;

// A channel that lived so long was of use, also when nobody had anything to say on it.
inline constexpr Duration kProvenAfter = std::chrono::seconds(10);

class NumberedSession final : public Session, public FramedChannelEvents {
  public:
    struct Parts {
        Address peer;
        std::string peer_name;
        SessionId id{};
        std::unique_ptr<UnackedStore> store;
    };
    NumberedSession(Parts parts, SessionLimits limits, Scheduler& scheduler, SessionOwner& owner,
                    SessionEvents& events);
    NumberedSession(const NumberedSession&) = delete;
    NumberedSession& operator=(const NumberedSession&) = delete;

    Status send(std::string message) override;
    void send_datagram(std::string message) override;
    const Address& peer() const override { return parts_.peer; }
    const std::string& peer_name() const override { return parts_.peer_name; }
    const crypto::Member* certificate() const override { return certificate_ ? &*certificate_ : nullptr; }
    bool connected() const override { return channel_ != nullptr; }
    std::optional<Error> trouble() const override { return connected() ? std::nullopt : trouble_; }
    std::uint64_t unacknowledged() const override { return out_.kept_messages(); }
    void close(std::string_view reason) override;

    void on_channel_open(FramedChannel&) override {}
    void on_frame(FramedChannel& channel, const Frame& frame) override;
    void on_channel_closed(FramedChannel& channel, const Error& why) override;

    // Takes over an open channel whose peer has everything up to `received`. A former channel is dropped. InvalidInput:
    // `received` cannot be.
    Status attach(std::unique_ptr<FramedChannel> channel, std::uint64_t received);
    // Drops the channel, if there is one. Close: the peer is told.
    void detach(const Error& why, FramedChannel::Farewell farewell);
    // An attempt at a channel failed.
    void note_trouble(const Error& why) { trouble_ = why; }
    // The uplink has room.
    void flush();
    // on_lost, once; the session is over.
    void lose(const Error& why);

    const SessionId& id() const { return parts_.id; }
    std::uint64_t received() const { return in_.received(); }
    bool was_open() const { return was_open_; }
    bool over() const { return over_; }
    // Whether the last channel carried anything new, either way, or lived for kProvenAfter. After one that did not,
    // another one is not worth having at once: on a path that spoils every channel, both ends would shake hands for
    // ever.
    bool channel_proven() const;
    const FramedChannel* channel() const { return channel_.get(); }
    FramedChannel* channel() { return channel_.get(); }
    // Hears datagrams; set by the endpoint.
    std::function<void(Session&, std::string_view)> on_datagram;

  private:
    std::uint64_t carried() const { return in_.received() + out_.acknowledged(); }
    void pump();
    void on_message(const MessageFrame& frame);
    void on_ack(const AckFrame& frame);
    void send_ack();
    void watch_silence();
    void check_silence();
    void release_channel(FramedChannel::Farewell farewell);
    void finish();

    Parts parts_;
    const SessionLimits limits_;
    Scheduler& scheduler_;
    SessionOwner& owner_;
    SessionEvents& events_;
    Outgoing out_;
    Incoming in_;
    std::unique_ptr<FramedChannel> channel_;
    SteadyTime attached_{};             // when the last channel was
    std::uint64_t carried_before_ = 0;  // messages that had arrived, and those acknowledged, by then
    SteadyTime heard_{};                // the last frame, or the moment from which one is owed
    Error last_failure_;                // why there is no channel
    std::optional<Error> trouble_;
    std::optional<crypto::Member> certificate_;
    Timer ack_timer_, silence_timer_, give_up_timer_;
    bool was_open_ = false;
    bool over_ = false;
    bool wants_writable_ = false;
    bool pumping_ = false;
};

}  // namespace culvert::tunnel::session
