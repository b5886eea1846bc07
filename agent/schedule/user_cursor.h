// The users of one closed-model load that this thread of this agent carries, in the order in which they begin. Pure: no clock, no sockets.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "agent/schedule/division.h"
#include "common/workload/load_curve.h"

namespace culvert::agent::schedule {

// A stretch of time in which one user runs here.
struct UserTurn {
    std::uint64_t user = 0;    // in the load
    std::size_t scenario = 0;  // in the plan
    Duration begin{}, end{};   // since the start of the run
    std::uint64_t iterations = 0;  // exactly so many; 0: as many as the time allows

    friend bool operator==(const UserTurn&, const UserTurn&) = default;
};

// One thread only. A turn that counts iterations belongs, whole, to whoever owns its user when it begins: an amendment does not move it, so that no
// iteration is done twice. Other turns change hands at the amendment's instant.
class UserCursor {
  public:
    UserCursor(const std::vector<workload::LoadPhase>& load, std::shared_ptr<const Mix> mix, SeatRules rules, ThreadPlace place);

    // The next turn, if it begins before `until`. Stays the same until advance().
    std::optional<UserTurn> peek(Duration until) const;
    void advance() { ++next_; }
    // Users belong by the new rules from `at` on, which is not before the begin of any turn already taken.
    void amend(SeatRules rules, Duration at);
    // When the turn under way ends, after what amendments made of it.
    Duration end_of(const UserTurn& turn) const;
    bool exhausted() const { return next_ >= turns_.size(); }

  private:
    struct Owner {  // of one user
        std::size_t member = 0;
        std::uint64_t rank = 0;
        std::optional<unsigned> thread;  // of this agent; set when it first owns the user, for good
        std::vector<workload::UserSpell> spells;
    };
    struct Regime {
        Duration from{};
        SeatRules rules;
    };

    bool owns(const Owner& user, Duration at) const;
    void assign_threads();
    void list_turns();
    void add_turns(std::uint64_t index, const workload::UserSpell& spell);

    const std::shared_ptr<const Mix> mix_;
    const ThreadPlace place_;
    std::vector<Owner> users_;
    std::vector<Regime> regimes_;  // ascending
    std::uint64_t assigned_ = 0;
    std::vector<UserTurn> turns_;  // of this thread, ascending by begin
    std::size_t next_ = 0;
};

}  // namespace culvert::agent::schedule
