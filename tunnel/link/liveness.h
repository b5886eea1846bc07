// Decides when a link is asked for a sign of life, and when it is dead. Without data a ping goes out at each heartbeat,
// so that no box in between counts the link as idle; with data on its way and no word from the peer, the question comes
// soon, so that a half-open link is found within 15 s.
#pragma once

#include <optional>

#include "common/base/clock.h"
#include "common/base/units.h"
#include "tunnel/link/slow_path.h"

namespace culvert::tunnel::link {

inline constexpr Duration kPatience = std::chrono::seconds(5);  // after sending, before asking
inline constexpr Duration kPongDeadline =
    std::chrono::seconds(8);  // after asking; with kPatience and the tick below 15 s
inline constexpr int kPongTrips = 3;

class Liveness {
  public:
    Liveness(Duration heartbeat, SteadyTime now) : heartbeat_(heartbeat), last_heard_(now), last_ping_(now) {}

    enum class Verdict { Fine, AskNow, Dead };

    // An exchange of at least one round trip took so long: a slow path's answers are waited for longer.
    void took(Duration exchange) { slow_.took(exchange); }
    // Any bytes at all.
    void heard(SteadyTime now);
    void sent(SteadyTime now);
    // At least once a second. After AskNow a ping counts as sent.
    Verdict check(SteadyTime now);
    Duration silent_for(SteadyTime now) const { return now - last_heard_; }
    // Until the question that is out was asked: what came later may have met a link that was dead already.
    Duration silence(SteadyTime now) const { return asked_at_.value_or(now) - last_heard_; }

  private:
    const Duration heartbeat_;
    SlowPath slow_;
    SteadyTime last_heard_;
    SteadyTime last_ping_;
    std::optional<SteadyTime> sent_at_;   // the first bytes sent since the peer was heard
    std::optional<SteadyTime> asked_at_;  // a ping without an answer
};

}  // namespace culvert::tunnel::link
