// How far an agent's monotonic clock is ahead of the controller's, and how well that is known: exchanges of four
// timestamps, of which the fastest counts, because the error of one exchange is at most half its round trip. Clocks
// drift, so an old exchange is believed less. Pure: time is given.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>

#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/protocol/messages.h"

namespace culvert::roster {

struct ClockOffset {
    Duration offset{};  // agent's clock minus the controller's
    Duration error{};   // the truth is within offset ± error
    Duration rtt{};     // of the fastest exchange in the window
};

class ClockEstimator {
  public:
    static constexpr std::size_t kMostExchanges = 64;    // then the oldest is forgotten
    static constexpr std::size_t kMostOutstanding = 32;  // probes without an answer
    static constexpr std::chrono::minutes kLost{1};      // an answer does not come any more; datagrams may be lost
    static constexpr double kDrift = 50e-6;              // of two quartz clocks against each other, at worst

    protocol::ClockProbe probe(SteadyTime now);
    // InvalidInput: an answer to no probe of ours, answered twice, or with times that cannot be.
    Status take(const protocol::ClockReply& reply, SteadyTime now);

    // The best of the kept exchanges, with the drift since then in its error. Nothing before the first one.
    std::optional<ClockOffset> estimate(SteadyTime now) const;
    std::size_t exchanges() const { return exchanges_.size(); }
    // The agent's clock was set anew: its process was restarted on another machine, or the machine was.
    void forget();

  private:
    struct Exchange {
        SteadyTime at;
        Duration offset{}, rtt{};
    };
    std::deque<std::chrono::microseconds> outstanding_;
    std::chrono::microseconds last_sent_{};
    std::deque<Exchange> exchanges_;
};

// The agent's name for an instant of ours.
protocol::AgentInstant to_agent(SteadyTime ours, const ClockOffset& offset);

}  // namespace culvert::roster
