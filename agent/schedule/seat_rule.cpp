#include "agent/schedule/seat_rule.h"

#include <string>

namespace culvert::agent::schedule {

Result<SeatRule> SeatRule::of(const workload::Seat& seat) {
    SeatRule rule;
    if (seat.weights.empty()) return rule;
    if (seat.index >= seat.weights.size()) {
        return fail(Code::InvalidInput, "share: seat " + std::to_string(seat.index) + " of only " + std::to_string(seat.weights.size()));
    }
    auto ownership = workload::Ownership::of(seat.weights);
    if (!ownership) return fail(ownership.error(), "share");
    rule.ownership_ = std::move(*ownership);
    rule.seat_ = seat.index;
    return rule;
}

}  // namespace culvert::agent::schedule
