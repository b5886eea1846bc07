// The slots of one scenario that this thread of this agent carries, in the order in which they are due. Pure: no clock,
// no sockets.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "agent/schedule/seat_rule.h"
#include "common/workload/scenario_load.h"

namespace culvert::agent::schedule {

struct OwnedSlot {
    std::uint64_t index = 0;  // in the scenario, over all agents
    Duration due{};           // intended start, since the start of the run
};

// One thread only. The slots of the agent go round its threads. Finds each in constant time, without looking at those
// of others.
class SlotCursor {
  public:
    SlotCursor(std::shared_ptr<const workload::ScenarioLoad> load, SeatRule rule, ThreadPlace place);

    // The next slot; nullopt: none is left. Stays the same until advance().
    const std::optional<OwnedSlot>& peek() const { return found_; }
    // Takes the slot that peek() gave.
    void advance();
    // Slots due from `at` on belong by the new rule. `at` lies after every slot that any thread has taken, so that all
    // threads see it alike.
    void amend(SeatRule rule, Duration at);

  private:
    struct Regime {
        std::uint64_t from = 0;  // first slot it decides
        SeatRule rule;
    };

    void enter(std::size_t regime);
    void find();

    const std::shared_ptr<const workload::ScenarioLoad> load_;
    const ThreadPlace place_;
    std::vector<Regime> regimes_;  // ascending
    std::size_t regime_ = 0;       // of the next slot
    std::uint64_t rank_ = 0;       // of the next slot, among the agent's own under this regime
    std::uint64_t decided_ = 0;    // slots below are taken, or not this thread's
    std::optional<OwnedSlot> found_;
};

}  // namespace culvert::agent::schedule
