// From the agents of a run to their shares: who has which seat in each scenario and in each data set.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "common/workload/plan.h"
#include "common/workload/share.h"

namespace culvert::workload {

struct Member {  // of the roster
    Labels labels;
    double weight = 1;
};

// One share for each member, in the same order. A scenario that no member matches gives empty seats everywhere: see scenarios_without_member.
std::vector<Share> shares_of(const Plan& plan, std::span<const Member> members);

// Indices of scenarios that no member matches: a mistake that is refused before a run starts.
std::vector<std::size_t> scenarios_without_member(const Plan& plan, std::span<const Member> members);

// The seats of a data set: over all members that carry a scenario which uses it, so that no row lies with an agent that never asks for one. A set that
// no scenario uses has empty seats.
std::vector<Seat> data_seats(const Plan& plan, std::size_t data, std::span<const Member> members);

bool uses_data(const Scenario& scenario, const DataSet& data);

}  // namespace culvert::workload
