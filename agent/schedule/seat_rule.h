// This agent's right to the indices of one scenario (slots of an open model, users of a closed one), and its division
// over the worker threads.
#pragma once

#include <cstdint>
#include <optional>

#include "common/base/result.h"
#include "common/workload/share.h"

namespace culvert::agent::schedule {

// One of several threads of this agent.
struct ThreadPlace {
    unsigned index = 0, count = 1;
};

// A value; without an Ownership it owns nothing.
class SeatRule {
  public:
    static Result<SeatRule> of(const workload::Seat& seat);

    bool takes_part() const { return ownership_.has_value(); }
    bool owns(std::uint64_t index) const { return ownership_ && ownership_->owner_of(index) == seat_; }
    // Of the indices below `count`; 0 without a part.
    std::uint64_t count_below(std::uint64_t count) const { return ownership_ ? ownership_->count_of(seat_, count) : 0; }
    // What this user, one of ours, carries of `total` iterations that `users` users share: the agents split the total
    // by their weights, and each agent's users split its part evenly. nullopt: some agent has no user, so that only an
    // even split by users adds up.
    std::optional<std::uint64_t> iterations_of(std::uint64_t user, std::uint64_t total, std::uint64_t users) const;
    // The agent's own index number `rank`. Only if takes_part().
    std::uint64_t index_of(std::uint64_t rank) const { return ownership_->index_of(seat_, rank); }

  private:
    std::optional<workload::Ownership> ownership_;
    std::size_t seat_ = 0;
};

}  // namespace culvert::agent::schedule
