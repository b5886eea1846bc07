// Which agent carries which part of a plan: exact for any number of agents, computed by each agent alone from the weights.
//
// Everything a plan counts has an index: slots of an open model, iterations, users of a closed model, rows of data. Index i belongs to the seat that
// holds residue (i × step) mod period, where period is the sum of the (reduced) weights, seat k holds a run of weight[k] residues, and step is coprime
// to the period and near period/golden ratio. So every index has exactly one owner (the parts add up to the plan, always), each window of `period`
// indices gives every seat exactly its weight, and the indices of a seat are spread evenly (three-gap theorem): agents interleave.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "common/base/result.h"

namespace culvert::workload {

class Ownership {
  public:
    static constexpr std::size_t kMostSeats = 10'000;

    // Weights are relative, > 0 and at most 1000, and count to three decimals (4.0 and 4.0004 are the same). At least one seat.
    static Result<Ownership> of(std::span<const double> weights);

    std::size_t seats() const { return first_.size(); }
    std::size_t owner_of(std::uint64_t index) const;
    // How many of the indices 0 … count-1 belong to the seat. O(period), not O(count).
    std::uint64_t count_of(std::size_t seat, std::uint64_t count) const;

  private:
    std::vector<std::uint64_t> first_;  // first residue of each seat; ascending
    std::uint64_t period_ = 1;
    std::uint64_t step_ = 1;
};

// One agent's seat in one scenario of a run. Seats are numbered over the agents the scenario targets, in roster order.
struct Seat {
    std::size_t index = 0;
    std::vector<double> weights;  // of all seats; empty: this agent takes no part in the scenario

    friend bool operator==(const Seat&, const Seat&) = default;
};

// The share of a run that one agent carries: a seat for each scenario, in the plan's order.
struct Share {
    std::vector<Seat> scenarios;

    friend bool operator==(const Share&, const Share&) = default;
};

}  // namespace culvert::workload
