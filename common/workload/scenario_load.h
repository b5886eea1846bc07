// The load of one scenario, its own or its part of a weighted mix, behind one numbering: slot 0, 1, 2 … and user 0, 1,
// 2 … of the scenario.
//
// Of a mix, slot n (and user n) of the plan's load belongs to scenario Ownership(weights).owner_of(n), where it has the
// number rank_of(n). Seats then share the scenario's own numbers, so that the split over scenarios and the split over
// agents never fall into step.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "common/workload/load_curve.h"
#include "common/workload/plan.h"
#include "common/workload/share.h"

namespace culvert::workload {

// Immutable, thread-safe. The plan outlives it.
class ScenarioLoad {
  public:
    // `seed`: of the run.
    ScenarioLoad(const Plan& plan, std::size_t scenario, std::uint64_t seed);

    std::uint64_t slot_count() const;
    std::optional<Duration> slot_time(std::uint64_t slot) const;
    std::uint64_t slots_before(Duration t) const;
    Rate rate_at(Duration t) const;  // rounded down for a part of a mix

    std::uint64_t most_users() const;
    std::uint64_t users_at(Duration t) const;
    std::vector<UserSpell> spells_of_user(std::uint64_t user) const;

    // Iterations that users carry by count (`iterations: { users }`); those that last as long as the time allows are
    // not among them.
    std::uint64_t counted_iterations() const;

    Duration length() const { return length_of(*load_); }
    const std::vector<LoadPhase>& phases() const { return *load_; }
    // Of a mix the scenario's part, 0 … 1; otherwise 1.
    double part() const { return part_; }

  private:
    const std::vector<LoadPhase>* load_;
    SlotCurve curve_;
    std::optional<Ownership> mix_;  // empty: the load is the scenario's own
    std::size_t scenario_;
    double part_ = 1;
};

}  // namespace culvert::workload
