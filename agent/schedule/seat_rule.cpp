#include "agent/schedule/seat_rule.h"

#include <string>

namespace culvert::agent::schedule {

Result<SeatRule> SeatRule::of(const workload::Seat& seat) {
    SeatRule rule;
    if (seat.weights.empty()) return rule;
    if (seat.index >= seat.weights.size()) {
        return fail(Code::InvalidInput,
                    "share: seat " + std::to_string(seat.index) + " of only " + std::to_string(seat.weights.size()));
    }
    auto ownership = workload::Ownership::of(seat.weights);
    if (!ownership) return fail(ownership.error(), "share");
    rule.ownership_ = std::move(*ownership);
    rule.seat_ = seat.index;
    return rule;
}

std::optional<std::uint64_t> SeatRule::iterations_of(std::uint64_t user, std::uint64_t total,
                                                     std::uint64_t users) const {
    for (std::size_t seat = 0; seat < ownership_->seats(); ++seat) {
        if (ownership_->count_of(seat, users) == 0) return std::nullopt;
    }
    const std::uint64_t own_total = ownership_->count_of(seat_, total), own_users = ownership_->count_of(seat_, users);
    return own_total / own_users + (ownership_->rank_of(user) < own_total % own_users ? 1 : 0);
}

}  // namespace culvert::agent::schedule
