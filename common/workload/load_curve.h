// A load as pure arithmetic: how many slots (open model) or users (closed model) a scenario has, and when each is due. Used by check, by the
// "planned" line of the report and by every agent's schedule, so that all three agree to the last slot.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "common/base/units.h"
#include "common/workload/plan.h"

namespace culvert::workload {

// The slots of the open-model phases of one load, numbered from 0 through all phases. Immutable, thread-safe.
class SlotCurve {
  public:
    // `seed`: of the run; it decides random_rate, equally on all agents.
    SlotCurve(const std::vector<LoadPhase>& load, std::uint64_t seed);

    std::uint64_t slot_count() const;
    // Intended start since the start of the run. Ascending in n. For n >= slot_count(): nullopt.
    std::optional<Duration> slot_time(std::uint64_t n) const;
    // Slots due before `t`: the planned line.
    std::uint64_t slots_before(Duration t) const;
    // Rate planned at `t`.
    Rate rate_at(Duration t) const;

  private:
    struct Piece {  // a stretch over which the rate changes linearly
        Duration begin, end;
        std::int64_t from_milli_per_hour, to_milli_per_hour;
        std::uint64_t first_slot, slot_count;
    };
    std::vector<Piece> pieces_;
};

// The users of the closed-model phases: user u runs during each of its spells.
struct UserSpell {
    Duration begin, end;
    std::uint64_t iterations_per_user = 0;  // 0: as many as the time allows
};

// At which times user `u` is active (constant_users, ramp_users, iterations by users); empty: never.
std::vector<UserSpell> spells_of_user(const std::vector<LoadPhase>& load, std::uint64_t user);
std::uint64_t most_users(const std::vector<LoadPhase>& load);
std::uint64_t users_at(const std::vector<LoadPhase>& load, Duration t);

// From start to the end of the last phase, without finish_within.
Duration length_of(const std::vector<LoadPhase>& load);

}  // namespace culvert::workload
