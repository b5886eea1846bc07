#include "agent/schedule/slot_cursor.h"

#include <algorithm>

#include "common/base/check.h"

namespace culvert::agent::schedule {

SlotCursor::SlotCursor(std::shared_ptr<const workload::ScenarioLoad> load, SeatRule rule, ThreadPlace place)
    : load_(std::move(load)), place_(place) {
    CULVERT_CHECK(place_.index < place_.count);
    regimes_.push_back(Regime{0, std::move(rule)});
    enter(0);
    find();
}

// The first rank of this thread among the slots that the regime decides and nobody has taken.
void SlotCursor::enter(std::size_t regime) {
    regime_ = regime;
    const std::uint64_t first = regimes_[regime].rule.count_below(std::max(regimes_[regime].from, decided_));
    rank_ = first + (place_.index + place_.count - first % place_.count) % place_.count;
}

void SlotCursor::find() {
    found_.reset();
    while (true) {
        const bool last = regime_ + 1 == regimes_.size();
        const std::uint64_t end =
            last ? load_->slot_count() : std::min(regimes_[regime_ + 1].from, load_->slot_count());
        if (const SeatRule& rule = regimes_[regime_].rule; rule.takes_part()) {
            const std::uint64_t index = rule.index_of(rank_);
            if (index < end) {
                const auto due = load_->slot_time(index);
                CULVERT_CHECK(due.has_value());
                found_ = OwnedSlot{index, *due};
                return;
            }
        }
        if (last) return;
        enter(regime_ + 1);
    }
}

void SlotCursor::advance() {
    CULVERT_CHECK(found_.has_value());
    decided_ = found_->index + 1;
    rank_ += place_.count;
    find();
}

void SlotCursor::amend(SeatRule rule, Duration at) {
    const std::uint64_t from = std::max(load_->slots_before(at), decided_);
    while (!regimes_.empty() && regimes_.back().from >= from) regimes_.pop_back();
    regimes_.push_back(Regime{from, std::move(rule)});
    std::size_t current = regimes_.size() - 1;
    while (current > 0 && regimes_[current].from > decided_) --current;
    enter(current);
    find();
}

}  // namespace culvert::agent::schedule
