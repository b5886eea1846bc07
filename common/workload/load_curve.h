// A load as pure arithmetic: how many slots (open model) or users (closed model) a scenario has, and when each is due.
// Used by check, by the "planned" line of the report and by every agent's schedule, so that all three agree to the last
// slot.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "common/base/units.h"
#include "common/workload/plan.h"

namespace culvert::workload {

// The slots of the open-model phases of one load, numbered from 0 through all phases. Immutable, thread-safe.
//
// With N(t) the integral of the rate from 0 to t, slot n is due at the whole nanosecond at or before the instant where
// N reaches n: slot 0 at once, 200/s for 5m has 60000 slots 5 ms apart. Fractions carry over from phase to phase, so a
// ramp followed by a plateau has no gap and no step; `iterations` by rate counts for itself and has exactly `total`
// slots. All in integers: equal on every machine.
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
        std::int64_t
            carry;  // what must accumulate in this piece until its first slot is due, in half units (load_curve.cpp)
    };

    void append(Duration length, std::int64_t from_milli_per_hour, std::int64_t to_milli_per_hour);
    void append_counted(Duration length, std::int64_t milli_per_hour, std::uint64_t slots);
    const Piece* piece_at(Duration t) const;

    std::vector<Piece> pieces_;
    Duration end_{};
    std::uint64_t slots_ = 0;
    std::int64_t carry_ = 0;  // of the next piece
};

// The users of the closed-model phases: user u runs during each of its spells.
struct UserSpell {
    Duration begin{}, end{};
    std::uint64_t iterations_per_user = 0;  // of this user; 0: as many as the time allows
    // Of `iterations: { total, users }`: the whole, so that agents can split it by their weights instead of evenly by
    // user. 0: no such whole.
    std::uint64_t total = 0, users = 0;

    friend bool operator==(const UserSpell&, const UserSpell&) = default;
};

// At which times user `u` is active (constant_users, ramp_users, iterations by users); empty: never. Spells that touch
// are one, so a user goes on through a ramp into a plateau. Of `iterations: { total, users }` user u carries total /
// users, and one more for the first total % users.
std::vector<UserSpell> spells_of_user(const std::vector<LoadPhase>& load, std::uint64_t user);
std::uint64_t most_users(const std::vector<LoadPhase>& load);
std::uint64_t users_at(const std::vector<LoadPhase>& load, Duration t);

// From start to the end of the last phase, without finish_within.
Duration length_of(const std::vector<LoadPhase>& load);

}  // namespace culvert::workload
