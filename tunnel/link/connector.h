// One round of attempts: each relay in order, by each way that the proxy selection allows, by WebSocket and then by
// long-poll, until one admits us. Loop thread only.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/crypto/tls_trust.h"
#include "common/net/async_dial.h"
#include "common/net/loop.h"
#include "tunnel/link/admission.h"
#include "tunnel/link/ladder.h"
#include "tunnel/link/link.h"
#include "tunnel/link/relay_url.h"
#include "tunnel/link/slow_path.h"
#include "tunnel/link/uplink.h"
#include "tunnel/proxy/async_choice.h"
#include "tunnel/proxy/selector.h"

namespace culvert::tunnel::link {

// How many round trips admission may take: by long-poll each direction has a connection of its own to make.
inline constexpr int kAdmissionTrips = 4;

// An admitted link, or why there is none.
struct Connected {
    std::unique_ptr<Link> link;  // its listener is still the connector: listen() before anything else
    LinkInfo info;
    std::string way;  // for the ladder
};
struct RoundFailed {
    Error error;            // of all attempts, in order, bounded
    bool for_good = false;  // no relay would say anything else later
};
using RoundResult = tl::expected<Connected, RoundFailed>;

struct ConnectorSettings {
    std::vector<RelayUrl> relays;
    std::shared_ptr<const crypto::TlsTrust> trust;
    Applicant applicant;
    Duration heartbeat{};
    Duration connect_timeout{};
    Duration tls_timeout{};
    Duration handshake_timeout{};
    TransportChoice transport = TransportChoice::Auto;
    Duration first_climb{};
};

// What a round may try; by default everything.
struct RoundScope {
    std::string relay;              // only this one
    std::optional<Transport> only;  // transport
    // Called when a relay waits for our Hello, which may make it close an older link of ours. The Hello is sent once
    // Connector::go_on() is called, from within or later.
    std::function<void()> before_hello;
};

class Connector final : private LinkListener {
  public:
    // `memory` outlives it.
    Connector(net::Loop& loop, ConnectorSettings settings, proxy::Selector selector, net::CredentialMemory& memory);
    ~Connector() override;

    // One round at a time. `done` comes from the loop, and may start the next round.
    void start(std::function<void(RoundResult)> done, RoundScope scope = {});
    void go_on();
    void cancel();
    bool busy() const { return done_ != nullptr; }
    Ladder& ladder() { return ladder_; }
    // Of the attempt at hand, as far as it is known.
    Duration round_trip() const { return slow_.trip(); }
    // Of links made from now on.
    void set_heartbeat(Duration heartbeat) { settings_.heartbeat = heartbeat; }
    // This relay will not have us: it is not tried again.
    void give_up_on(const std::string& relay_text);
    bool any_left() const;

  private:
    void next_relay();
    void chosen(proxy::AsyncChoice::Answer ways);
    void next_way();
    void next_transport();
    void dialled(net::DialResult result);
    void wait_at_most(Duration patience);
    void wait_for_admission() { wait_at_most(slow_.stretch(settings_.handshake_timeout, kAdmissionTrips)); }
    void failed(const Error& why, bool retryable);
    void finish_failed();
    void finish_connected();
    void drop_link();

    void on_link_open() override;
    void on_link_envelope(envelope::EnvelopeView envelope) override;
    void on_link_writable() override {}
    void on_link_closed(const Error& why) override;

    const RelayUrl& relay() const { return settings_.relays[relay_]; }
    const proxy::Choice& way() const { return ways_[way_]; }

    std::string way_name() const;
    bool last_transport() const { return transport_ + 1 == transports_.size(); }

    net::Loop& loop_;
    ConnectorSettings settings_;
    proxy::Selector selector_;
    proxy::AsyncChoice choice_;
    net::CredentialMemory& memory_;
    net::AsyncDial dial_;
    Ladder ladder_;
    std::function<void(RoundResult)> done_;

    // Of the round at hand.
    RoundScope scope_;
    std::size_t relay_ = 0;
    std::vector<proxy::Choice> ways_;  // to relay_
    std::size_t way_ = 0;
    std::vector<Transport> transports_;  // of way_
    std::size_t transport_ = 0;
    net::DialRequest request_;
    std::string hello_;  // that waits for go_on()
    SlowPath slow_;
    SteadyTime dialled_{};             // when the attempt at hand was begun
    SteadyTime asked_{};               // when the link at hand was begun
    bool relay_spoke_ = false;         // on the link at hand: the transport works
    std::vector<std::string> causes_;  // one a failed attempt
    Code last_code_ = Code::Disconnected;
    std::vector<bool> refused_;  // by relay: for good
    std::unique_ptr<Link> link_;
    std::unique_ptr<Link> dropped_;  // a link whose callback may be on the stack
    net::Route route_;
    std::optional<Admission> admission_;
    std::unique_ptr<net::Loop::Timer> deadline_;
    std::unique_ptr<net::Loop::Timer> next_;  // the next attempt starts from the loop, not from a callback of the last
};

}  // namespace culvert::tunnel::link
