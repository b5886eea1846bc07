// Replaces a living link by a fresh one without losing an envelope: the second is made while the first one serves.
// Before the relay is told of the second (which makes it close the first), nothing more is sent on the first, and the
// relay has answered an echo behind all that was. Afterwards what comes on the second waits until the relay has closed
// the first. So every envelope arrives once and in order. Loop thread only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/net/loop.h"
#include "tunnel/link/connector.h"
#include "tunnel/link/link.h"
#include "tunnel/link/slow_path.h"

namespace culvert::tunnel::link {

class Renewal final : private LinkListener {
  public:
    struct Outcome {
        std::optional<Connected> second;  // none: there is still only the first, if that did not break
        std::vector<std::string> held;    // whole envelopes that came on the second, in order
        bool lossless = true;
        std::optional<Error> first_broke;
        Error error;  // why there is no second
    };
    // `done` comes from the loop, never from within a call. `connector` is free while a renewal starts, and in use
    // until it is done.
    Renewal(net::Loop& loop, Connector& connector, Address self, std::function<void(Outcome)> done);
    ~Renewal() override;

    // `first` is told about by the two calls below for as long as this goes on.
    // `round_trip`: of the first; a slow one is waited for longer.
    void start(Link& first, RoundScope scope, Duration round_trip);
    // True: the envelope was about the renewal, and nobody else's.
    bool first_says(envelope::EnvelopeView envelope);
    void first_ended(const Error& why);
    void cancel();

    bool going_on() const { return state_ != State::Idle; }
    // Nothing may be sent now.
    bool paused() const { return state_ > State::Connecting; }

  private:
    enum class State { Idle, Connecting, Quiescing, Admitting, Draining, Done };

    void quiesce();
    void admit();
    void round_over(RoundResult result);
    void finish(Outcome outcome);
    void wait(std::function<void()> out_of_patience);

    void on_link_open() override {}
    void on_link_envelope(envelope::EnvelopeView envelope) override;
    void on_link_writable() override {}
    void on_link_closed(const Error& why) override;

    net::Loop& loop_;
    Connector& connector_;
    const Address self_;
    const std::function<void(Outcome)> done_;

    State state_ = State::Idle;
    Link* first_ = nullptr;
    SlowPath slow_;
    std::uint64_t number_ = 0;   // of the echo
    bool first_closed_ = false;  // by the relay, for the second
    std::optional<Error> first_broke_;
    std::optional<Connected> second_;
    std::vector<std::string> held_;
    std::size_t held_bytes_ = 0;
    std::unique_ptr<net::Loop::Timer> timer_;
};

}  // namespace culvert::tunnel::link
