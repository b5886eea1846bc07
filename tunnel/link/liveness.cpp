#include "tunnel/link/liveness.h"

namespace culvert::tunnel::link {

void Liveness::heard(SteadyTime now) {
    last_heard_ = now;
    asked_at_.reset();
    sent_at_.reset();
}

void Liveness::sent(SteadyTime now) {
    if (!sent_at_) sent_at_ = now;
}

Liveness::Verdict Liveness::check(SteadyTime now) {
    if (asked_at_) return now - *asked_at_ >= slow_.stretch(kPongDeadline, kPongTrips) ? Verdict::Dead : Verdict::Fine;
    const bool unanswered = sent_at_ && now - *sent_at_ >= kPatience;
    if (!unanswered && now - last_ping_ < heartbeat_) return Verdict::Fine;
    last_ping_ = now;
    asked_at_ = now;
    return Verdict::AskNow;
}

}  // namespace culvert::tunnel::link
