// The users of one closed-model scenario that this thread of this agent carries, in the order in which they begin.
// Pure: no clock, no sockets.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "agent/schedule/seat_rule.h"
#include "common/workload/scenario_load.h"

namespace culvert::agent::schedule {

// A stretch of time in which one user runs here.
struct UserTurn {
    std::uint64_t user = 0;        // in the scenario, over all agents
    Duration begin{}, end{};       // since the start of the run
    std::uint64_t iterations = 0;  // exactly so many; 0: as many as the time allows

    friend bool operator==(const UserTurn&, const UserTurn&) = default;
};

// One thread only. A turn that counts iterations belongs, whole, to whoever owns its user when it begins: an amendment
// does not move it, so that no iteration is done twice. Other turns change hands at the amendment's instant.
class UserCursor {
  public:
    UserCursor(std::shared_ptr<const workload::ScenarioLoad> load, SeatRule rule, ThreadPlace place);

    // The next turn; nullopt: none is left. Stays the same until advance().
    std::optional<UserTurn> peek() const { return next_ < turns_.size() ? std::optional(turns_[next_]) : std::nullopt; }
    void advance() { ++next_; }
    // Users belong by the new rule from `at` on, which lies after the begin of every turn that any thread has taken.
    void amend(SeatRule rule, Duration at);
    // When the turn under way ends, after what amendments made of it.
    Duration end_of(const UserTurn& turn) const;

  private:
    static constexpr std::uint32_t kNobody = 0xFFFF'FFFF;
    struct Regime {
        Duration from{};
        SeatRule rule;
    };

    const SeatRule& rule_at(Duration at) const;
    bool owns(std::uint64_t user, Duration at) const;
    void assign_threads();
    void list_turns();
    void add_turns(std::uint64_t user, const workload::UserSpell& spell);

    const std::shared_ptr<const workload::ScenarioLoad> load_;
    const ThreadPlace place_;
    std::vector<std::uint32_t>
        thread_of_;  // by user: of this agent's threads; set when the agent first owns the user, for good
    std::uint64_t assigned_ = 0;
    std::vector<Regime> regimes_;  // ascending
    std::vector<UserTurn> turns_;  // of this thread, ascending by begin
    std::size_t next_ = 0;
};

}  // namespace culvert::agent::schedule
