#include "agent/schedule/user_cursor.h"

#include <algorithm>
#include <tuple>

#include "common/base/check.h"

namespace culvert::agent::schedule {

UserCursor::UserCursor(const std::vector<workload::LoadPhase>& load, std::shared_ptr<const Mix> mix, SeatRules rules, ThreadPlace place)
    : mix_(std::move(mix)), place_(place) {
    CULVERT_CHECK(rules.size() == mix_->size() && place_.index < place_.count);
    std::vector<std::uint64_t> ranks(mix_->size(), 0);
    const std::uint64_t count = workload::most_users(load);
    users_.reserve(count);
    for (std::uint64_t user = 0; user < count; ++user) {
        const std::size_t member = mix_->member_of(user);
        users_.push_back(Owner{member, ranks[member]++, std::nullopt, workload::spells_of_user(load, user)});
    }
    regimes_.push_back(Regime{Duration::zero(), std::move(rules)});
    assign_threads();
    list_turns();
}

std::optional<UserTurn> UserCursor::peek(Duration until) const {
    if (next_ >= turns_.size() || turns_[next_].begin >= until) return std::nullopt;
    return turns_[next_];
}

void UserCursor::amend(SeatRules rules, Duration at) {
    CULVERT_CHECK(rules.size() == mix_->size());
    while (regimes_.size() > 1 && regimes_.back().from >= at) regimes_.pop_back();
    if (regimes_.back().from >= at) {
        regimes_.back() = Regime{at, std::move(rules)};
    } else {
        regimes_.push_back(Regime{at, std::move(rules)});
    }
    assign_threads();
    list_turns();  // turns that began before `at` keep their place in the order, so next_ stays right
}

Duration UserCursor::end_of(const UserTurn& turn) const {
    if (turn.iterations != 0) return turn.end;
    for (const Regime& regime : regimes_) {
        if (regime.from > turn.begin && regime.from < turn.end && !owns(users_[turn.user], regime.from)) return regime.from;
    }
    return turn.end;
}

bool UserCursor::owns(const Owner& user, Duration at) const {
    std::size_t i = regimes_.size() - 1;
    while (i > 0 && regimes_[i].from > at) --i;
    return regimes_[i].rules[user.member].owns(user.rank);
}

void UserCursor::assign_threads() {
    for (Owner& user : users_) {
        if (!user.thread && owns(user, regimes_.back().from)) user.thread = static_cast<unsigned>(assigned_++ % place_.count);
    }
}

void UserCursor::list_turns() {
    turns_.clear();
    for (std::uint64_t index = 0; index < users_.size(); ++index) {
        if (users_[index].thread != place_.index) continue;
        for (const workload::UserSpell& spell : users_[index].spells) add_turns(index, spell);
    }
    std::sort(turns_.begin(), turns_.end(), [](const UserTurn& a, const UserTurn& b) { return std::tie(a.begin, a.user) < std::tie(b.begin, b.user); });
}

void UserCursor::add_turns(std::uint64_t index, const workload::UserSpell& spell) {
    const Owner& user = users_[index];
    const std::size_t scenario = mix_->scenario(user.member);
    if (spell.iterations_per_user != 0) {
        if (owns(user, spell.begin)) turns_.push_back(UserTurn{index, scenario, spell.begin, spell.end, spell.iterations_per_user});
        return;
    }
    std::optional<Duration> begin;  // of the stretch that is ours
    const auto look_at = [this, &user, &begin, &spell, index, scenario](Duration at) {
        const bool ours = at < spell.end && owns(user, at);
        if (ours && !begin) begin = at;
        if (ours || !begin) return;
        turns_.push_back(UserTurn{index, scenario, *begin, at, 0});
        begin.reset();
    };
    look_at(spell.begin);
    for (const Regime& regime : regimes_) {
        if (regime.from > spell.begin && regime.from < spell.end) look_at(regime.from);
    }
    look_at(spell.end);
}

}  // namespace culvert::agent::schedule
