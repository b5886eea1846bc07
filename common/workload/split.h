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

// The share of members[member]. A scenario that no member matches gives empty seats everywhere: see
// scenarios_without_member.
Share share_for(const Plan& plan, std::span<const Member> members, std::size_t member);

// Indices of scenarios that no member matches: a mistake that is refused before a run starts.
std::vector<std::size_t> scenarios_without_member(const Plan& plan, std::span<const Member> members);

// The seat of members[member] in a data set: counted over all members that carry a scenario which uses it, so that no
// row lies with an agent that never asks for one. Empty for the others.
Seat data_seat(const Plan& plan, std::size_t data, std::span<const Member> members, std::size_t member);

bool uses_data(const Scenario& scenario, const DataSet& data);

}  // namespace culvert::workload
