#include "controller/roster/clock_estimator.h"

#include <algorithm>

namespace culvert::roster {
namespace {

using std::chrono::microseconds;

microseconds in_micros(SteadyTime time) {
    return std::chrono::duration_cast<microseconds>(time.time_since_epoch());
}

// No machine answers later, and no offset between two uptimes is larger; beyond it a reply is nonsense, and the
// arithmetic stays far from overflow.
constexpr microseconds kLongest = std::chrono::hours(24 * 365 * 100);

bool is_sane(microseconds time) {
    return time >= -kLongest && time <= kLongest;
}

Duration error_of(Duration rtt, Duration age) {
    const Duration drift{static_cast<Duration::rep>(static_cast<double>(age.count()) * ClockEstimator::kDrift)};
    return rtt / 2 + drift;
}

}  // namespace

protocol::ClockProbe ClockEstimator::probe(SteadyTime now) {
    last_sent_ = std::max(in_micros(now), last_sent_ + microseconds(1));  // the time is also the probe's name
    while (!outstanding_.empty() && outstanding_.front() + kLost < last_sent_) outstanding_.pop_front();
    // Where answers take long, the oldest probes are the ones that will be answered next.
    if (outstanding_.size() == kMostOutstanding) outstanding_.pop_back();
    outstanding_.push_back(last_sent_);
    return {last_sent_};
}

Status ClockEstimator::take(const protocol::ClockReply& reply, SteadyTime now) {
    const auto known = std::find(outstanding_.begin(), outstanding_.end(), reply.probe_sent);
    if (known == outstanding_.end()) return fail(Code::InvalidInput, "clock reply to no probe");
    outstanding_.erase(known);

    const microseconds received = reply.received.since_epoch, replied = reply.replied.since_epoch;
    if (!is_sane(received) || !is_sane(replied)) return fail(Code::InvalidInput, "clock reply with an impossible time");
    const microseconds returned = in_micros(now);
    const microseconds held = replied - received;
    const microseconds round = returned - reply.probe_sent - held;
    if (held.count() < 0 || round.count() < 0) return fail(Code::InvalidInput, "clock reply from before its probe");

    exchanges_.push_back({now, ((received - reply.probe_sent) + (replied - returned)) / 2, round});
    if (exchanges_.size() > kMostExchanges) exchanges_.pop_front();
    return {};
}

std::optional<ClockOffset> ClockEstimator::estimate(SteadyTime now) const {
    std::optional<ClockOffset> best;
    Duration fastest = Duration::max();
    for (const Exchange& exchange : exchanges_) {
        fastest = std::min(fastest, exchange.rtt);
        const Duration error = error_of(exchange.rtt, now - exchange.at);
        if (!best || error < best->error) best = ClockOffset{exchange.offset, error, exchange.rtt};
    }
    if (best) best->rtt = fastest;
    return best;
}

void ClockEstimator::forget() {
    outstanding_.clear();
    exchanges_.clear();
}

protocol::AgentInstant to_agent(SteadyTime ours, const ClockOffset& offset) {
    return {std::chrono::duration_cast<microseconds>(ours.time_since_epoch() + offset.offset)};
}

}  // namespace culvert::roster
