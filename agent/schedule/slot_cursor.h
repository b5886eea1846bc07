// The slots of one open-model load that this thread of this agent carries, in the order in which they are due. Pure: no clock, no sockets.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "agent/schedule/division.h"
#include "common/workload/load_curve.h"

namespace culvert::agent::schedule {

struct OwnedSlot {
    std::uint64_t index = 0;   // in the load
    std::size_t scenario = 0;  // in the plan
    Duration due{};            // intended start, since the start of the run
};

// One thread only. Looks at each slot of the load once, also at those of others: a few nanoseconds each.
class SlotCursor {
  public:
    SlotCursor(std::shared_ptr<const workload::SlotCurve> curve, std::shared_ptr<const Mix> mix, SeatRules rules, ThreadPlace place);

    // The next slot, if it is due before `until`; looks no further. Stays the same until advance().
    std::optional<OwnedSlot> peek(Duration until);
    // Takes the slot that peek() gave.
    void advance();
    // Slots due from `at` on belong by the new rules. `at` is not before any slot already taken.
    void amend(SeatRules rules, Duration at);
    // Nothing will come any more, whatever the time (unless an amendment brings it).
    bool exhausted() const { return looked_.index >= curve_->slot_count() || (!found_ && takes_no_part()); }

  private:
    struct Position {
        std::uint64_t index = 0;           // slots before this one are decided
        std::vector<std::uint64_t> ranks;  // of the next slot of each member
        std::uint64_t own = 0;             // slots of this agent so far, over all threads
    };
    struct Regime {
        std::uint64_t from = 0;  // first slot it decides
        SeatRules rules;
    };

    bool takes_no_part() const;
    const SeatRules& rules_at(std::uint64_t index) const;
    void look_until(std::uint64_t limit);
    Position position_at(std::uint64_t index) const;

    const std::shared_ptr<const workload::SlotCurve> curve_;
    const std::shared_ptr<const Mix> mix_;
    const ThreadPlace place_;
    std::vector<Regime> regimes_;  // ascending
    Position taken_;               // after the last slot that was taken: where an amendment looks again from
    Position looked_;              // after found_, or as far as was looked
    std::optional<OwnedSlot> found_;
    Duration seen_until_{};        // slots before this instant are below limit_
    std::uint64_t limit_ = 0;
};

}  // namespace culvert::agent::schedule
