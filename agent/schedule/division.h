// How the indices of one load (slots of an open model, users of a closed one) fall to scenarios, agents and worker threads.
// Scenarios of a mix divide them by weight; the indices of a scenario are counted anew and divided over the agents by their seats; the indices of
// this agent go round its threads. Counting anew at each level keeps scenarios, agents and threads from correlating.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "common/base/result.h"
#include "common/workload/share.h"

namespace culvert::agent::schedule {

// This agent's right to indices of one scenario; without an Ownership it has none.
class SeatRule {
  public:
    static Result<SeatRule> of(const workload::Seat& seat);
    bool takes_part() const { return ownership_.has_value(); }
    bool owns(std::uint64_t rank) const { return ownership_ && ownership_->owner_of(rank) == seat_; }

  private:
    std::optional<workload::Ownership> ownership_;
    std::size_t seat_ = 0;
};

// The scenarios that share one load. `scenario` is an index into Plan::scenarios.
class Mix {
  public:
    struct Member {
        std::size_t scenario = 0;
        double weight = 1;
    };
    // At least one member.
    static Result<Mix> of(std::vector<Member> members);

    std::size_t size() const { return members_.size(); }
    std::size_t scenario(std::size_t member) const { return members_[member].scenario; }
    std::size_t member_of(std::uint64_t index) const { return weights_ ? weights_->owner_of(index) : 0; }
    // How many of the indices 0 … count-1 belong to the member.
    std::uint64_t count_of(std::size_t member, std::uint64_t count) const { return weights_ ? weights_->count_of(member, count) : count; }

  private:
    std::vector<Member> members_;
    std::optional<workload::Ownership> weights_;  // only with several members
};

// One SeatRule for each member of a mix.
using SeatRules = std::vector<SeatRule>;
Result<SeatRules> seat_rules(const Mix& mix, const workload::Share& share);

// One of several threads of this agent.
struct ThreadPlace {
    unsigned index = 0, count = 1;
};

}  // namespace culvert::agent::schedule
