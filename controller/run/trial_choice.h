// Which agent tries a plan, and which scenarios it can carry. Pure.
#pragma once

#include <string>
#include <vector>

#include "common/base/result.h"
#include "controller/roster/roster.h"

namespace culvert::run {

struct TrialWish {
    std::string scenario;       // empty: every one
    std::string agent;          // by name; empty: any
    workload::Selector agents;  // that it may be one of
};

struct TrialChoice {
    roster::RosterEntry agent;
    std::vector<bool> carried;   // by Plan::scenarios; at least one is true
    std::vector<bool> left_out;  // those that were to be tried, but are not for this agent
};

// A scenario of that name. InvalidInput: the plan has none; names those it has.
Result<std::size_t> find_scenario(const workload::Plan& plan, const std::string& name);

// The first ready agent, by name, that every scenario to be tried is for; if there is none, the one for most of them.
// Overloaded: nobody is, or nobody is ready.
Result<TrialChoice> choose_for_trial(const std::vector<roster::RosterEntry>& present, const TrialWish& wish,
                                     const workload::Plan& plan);

}  // namespace culvert::run
