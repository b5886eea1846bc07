#include "tests/support/herd/tally.h"

#include <algorithm>

namespace culvert::test {

void Tally::went(SteadyTime now) {
    if (up_ == links_) {
        ++outage_;
        began_ = now;
        went_down_ = 0;
        attempts_ = 0;
        handshakes_.clear();
    }
    --up_;
    ++went_down_;
}

std::optional<Comeback> Tally::came(Duration handshake, SteadyTime now) {
    ++up_;
    ++attempts_;
    handshakes_.push_back(handshake);
    if (up_ < links_) return std::nullopt;
    std::sort(handshakes_.begin(), handshakes_.end());
    Comeback all;
    all.outage = outage_;
    all.went_down = went_down_;
    all.took = now - began_;
    all.attempts = attempts_;
    all.handshake_p50 = handshakes_[handshakes_.size() / 2];
    all.handshake_p99 = handshakes_[handshakes_.size() * 99 / 100];
    all.handshake_max = handshakes_.back();
    return all;
}

}  // namespace culvert::test
