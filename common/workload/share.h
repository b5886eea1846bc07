// Which agent carries which part of a plan: exact for any number of agents, computed by each agent alone from the
// weights.
//
// Everything a plan counts has an index: slots of an open model, iterations, users of a closed model, rows of data.
// Index i belongs to the seat that holds residue (i × step) mod period, where period is the sum of the (reduced)
// weights, seat k holds a run of weight[k] residues, and step is coprime to the period and near period/golden ratio. So
// every index has exactly one owner (the parts add up to the plan, always), each window of `period` indices gives every
// seat exactly its weight, and the indices of a seat are spread evenly (three-gap theorem): agents interleave.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "common/base/result.h"

namespace culvert::workload {

class Ownership {
  public:
    static constexpr std::size_t kMostSeats = 10'000;

    // Weights are relative, > 0 and at most 1000, and count to three decimals (4.0 and 4.0004 are the same). At least
    // one seat.
    static Result<Ownership> of(std::span<const double> weights);

    std::size_t seats() const { return first_.size() - 1; }
    // O(log seats).
    std::size_t owner_of(std::uint64_t index) const;
    // How many of the indices 0 … count-1 belong to the seat. O(log period).
    std::uint64_t count_of(std::size_t seat, std::uint64_t count) const;
    // The first index >= `from` that belongs to the seat: how an agent walks its own slots without looking at the
    // others. O(log period).
    std::uint64_t next_index(std::size_t seat, std::uint64_t from) const;
    // The place of an index among its owner's: 0 for the first. O(log period).
    std::uint64_t rank_of(std::uint64_t index) const { return count_of(owner_of(index), index); }
    // The inverse: index_of(owner_of(i), rank_of(i)) == i. O(1) up to a period of kTabled, O(log² period) beyond.
    std::uint64_t index_of(std::size_t seat, std::uint64_t rank) const;

  private:
    static constexpr std::uint64_t kTabled = 1 << 16;

    std::uint64_t weight_of(std::size_t seat) const { return first_[seat + 1] - first_[seat]; }

    std::vector<std::uint64_t> first_;  // first residue of each seat, ascending; at the end the period
    std::uint64_t period_ = 1;
    std::uint64_t step_ = 1;
    std::vector<std::uint32_t>
        indices_;  // of one period, by residue rank within each seat; empty when the period is too long
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
