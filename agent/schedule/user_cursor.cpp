#include "agent/schedule/user_cursor.h"

#include <algorithm>
#include <tuple>

#include "common/base/check.h"

namespace culvert::agent::schedule {

UserCursor::UserCursor(std::shared_ptr<const workload::ScenarioLoad> load, SeatRule rule, ThreadPlace place)
    : load_(std::move(load)), place_(place), thread_of_(load_->most_users(), kNobody) {
    CULVERT_CHECK(place_.index < place_.count);
    regimes_.push_back(Regime{Duration::zero(), std::move(rule)});
    assign_threads();
    list_turns();
}

void UserCursor::amend(SeatRule rule, Duration at) {
    while (!regimes_.empty() && regimes_.back().from >= at) regimes_.pop_back();
    regimes_.push_back(Regime{at, std::move(rule)});
    assign_threads();
    list_turns();  // turns that began before `at` keep their place in the order, so next_ stays right
}

Duration UserCursor::end_of(const UserTurn& turn) const {
    if (turn.iterations != 0) return turn.end;
    for (const Regime& regime : regimes_) {
        if (regime.from > turn.begin && regime.from < turn.end && !owns(turn.user, regime.from)) return regime.from;
    }
    return turn.end;
}

const SeatRule& UserCursor::rule_at(Duration at) const {
    std::size_t i = regimes_.size() - 1;
    while (i > 0 && regimes_[i].from > at) --i;
    return regimes_[i].rule;
}

bool UserCursor::owns(std::uint64_t user, Duration at) const {
    return rule_at(at).owns(user);
}

void UserCursor::assign_threads() {
    const SeatRule& rule = regimes_.back().rule;
    const std::uint64_t own = rule.count_below(thread_of_.size());
    for (std::uint64_t rank = 0; rank < own; ++rank) {
        std::uint32_t& thread = thread_of_[rule.index_of(rank)];
        if (thread == kNobody) thread = static_cast<std::uint32_t>(assigned_++ % place_.count);
    }
}

void UserCursor::list_turns() {
    turns_.clear();
    for (std::uint64_t user = 0; user < thread_of_.size(); ++user) {
        if (thread_of_[user] != place_.index) continue;
        for (const workload::UserSpell& spell : load_->spells_of_user(user)) add_turns(user, spell);
    }
    std::sort(turns_.begin(), turns_.end(), [](const UserTurn& a, const UserTurn& b) {
        return std::tie(a.begin, a.user) < std::tie(b.begin, b.user);
    });
}

void UserCursor::add_turns(std::uint64_t user, const workload::UserSpell& spell) {
    if (spell.iterations_per_user != 0) {
        const SeatRule& rule = rule_at(spell.begin);
        if (!rule.owns(user)) return;
        const std::uint64_t iterations =
            spell.total == 0 ? spell.iterations_per_user
                             : rule.iterations_of(user, spell.total, spell.users).value_or(spell.iterations_per_user);
        if (iterations != 0) turns_.push_back(UserTurn{user, spell.begin, spell.end, iterations});
        return;
    }
    bool under_way = false;
    Duration begin{};  // of the stretch that is ours
    const auto look_at = [this, &under_way, &begin, &spell, user](Duration at) {
        const bool ours = at < spell.end && owns(user, at);
        if (ours && !under_way) begin = at;
        if (!ours && under_way) turns_.push_back(UserTurn{user, begin, at, 0});
        under_way = ours;
    };
    look_at(spell.begin);
    for (const Regime& regime : regimes_) {
        if (regime.from > spell.begin && regime.from < spell.end) look_at(regime.from);
    }
    look_at(spell.end);
}

}  // namespace culvert::agent::schedule
