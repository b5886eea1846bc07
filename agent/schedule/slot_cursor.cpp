#include "agent/schedule/slot_cursor.h"

#include <algorithm>

#include "common/base/check.h"

namespace culvert::agent::schedule {

SlotCursor::SlotCursor(std::shared_ptr<const workload::SlotCurve> curve, std::shared_ptr<const Mix> mix, SeatRules rules, ThreadPlace place)
    : curve_(std::move(curve)), mix_(std::move(mix)), place_(place) {
    CULVERT_CHECK(rules.size() == mix_->size() && place_.index < place_.count);
    regimes_.push_back(Regime{0, std::move(rules)});
    taken_ = looked_ = position_at(0);
}

std::optional<OwnedSlot> SlotCursor::peek(Duration until) {
    if (!found_) {
        if (until > seen_until_) {
            seen_until_ = until;
            limit_ = curve_->slots_before(until);
        }
        look_until(limit_);
    }
    return found_ && found_->due < until ? found_ : std::nullopt;
}

void SlotCursor::look_until(std::uint64_t limit) {
    if (takes_no_part()) return;  // amend() finds the position when a part is given
    while (looked_.index < limit) {
        const std::uint64_t index = looked_.index++;
        const std::size_t member = mix_->member_of(index);
        const std::uint64_t rank = looked_.ranks[member]++;
        if (!rules_at(index)[member].owns(rank)) continue;
        if (looked_.own++ % place_.count != place_.index) continue;
        const auto due = curve_->slot_time(index);
        CULVERT_CHECK(due.has_value());
        found_ = OwnedSlot{index, mix_->scenario(member), *due};
        return;
    }
}

void SlotCursor::advance() {
    CULVERT_CHECK(found_.has_value());
    found_.reset();
    taken_ = looked_;
}

void SlotCursor::amend(SeatRules rules, Duration at) {
    CULVERT_CHECK(rules.size() == mix_->size());
    const bool idle = takes_no_part();
    const std::uint64_t from = std::max(curve_->slots_before(at), taken_.index);
    while (!regimes_.empty() && regimes_.back().from >= from) regimes_.pop_back();
    regimes_.push_back(Regime{from, std::move(rules)});
    if (idle) taken_ = position_at(from);
    looked_ = taken_;
    found_.reset();
}

bool SlotCursor::takes_no_part() const {
    return std::none_of(regimes_.begin(), regimes_.end(), [](const Regime& regime) {
        return std::any_of(regime.rules.begin(), regime.rules.end(), [](const SeatRule& rule) { return rule.takes_part(); });
    });
}

const SeatRules& SlotCursor::rules_at(std::uint64_t index) const {
    std::size_t i = regimes_.size() - 1;
    while (i > 0 && regimes_[i].from > index) --i;
    return regimes_[i].rules;
}

SlotCursor::Position SlotCursor::position_at(std::uint64_t index) const {
    Position position{index, {}, 0};
    for (std::size_t member = 0; member < mix_->size(); ++member) position.ranks.push_back(mix_->count_of(member, index));
    return position;
}

}  // namespace culvert::agent::schedule
