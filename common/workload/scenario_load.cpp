#include "common/workload/scenario_load.h"

#include <numeric>
#include <variant>

#include "common/base/check.h"

namespace culvert::workload {

ScenarioLoad::ScenarioLoad(const Plan& plan, std::size_t scenario, std::uint64_t seed)
    // a mix draws its random rates once for all scenarios; scenarios with their own load draw apart
    : load_(plan.is_mix() ? &plan.mix_load : &plan.scenarios.at(scenario).load),
      curve_(*load_, plan.is_mix() ? seed : seed ^ (0xD1B54A32D192ED03ULL * (scenario + 1))),
      scenario_(scenario) {
    if (!plan.is_mix()) return;
    std::vector<double> weights;
    for (const Scenario& each : plan.scenarios) weights.push_back(each.weight);
    const Result<Ownership> mix = Ownership::of(weights);
    CULVERT_CHECK(mix.has_value());  // the parser checked the weights
    mix_ = *mix;
    part_ = weights[scenario] / std::accumulate(weights.begin(), weights.end(), 0.0);
}

std::uint64_t ScenarioLoad::slot_count() const {
    return mix_ ? mix_->count_of(scenario_, curve_.slot_count()) : curve_.slot_count();
}

std::optional<Duration> ScenarioLoad::slot_time(std::uint64_t slot) const {
    return curve_.slot_time(mix_ ? mix_->index_of(scenario_, slot) : slot);
}

std::uint64_t ScenarioLoad::slots_before(Duration t) const {
    const std::uint64_t slots = curve_.slots_before(t);
    return mix_ ? mix_->count_of(scenario_, slots) : slots;
}

Rate ScenarioLoad::rate_at(Duration t) const {
    const Rate rate = curve_.rate_at(t);
    if (!mix_) return rate;
    return Rate{static_cast<std::int64_t>(static_cast<double>(rate.milli_per_hour) * part_)};
}

std::uint64_t ScenarioLoad::most_users() const {
    const std::uint64_t users = workload::most_users(*load_);
    return mix_ ? mix_->count_of(scenario_, users) : users;
}

std::uint64_t ScenarioLoad::users_at(Duration t) const {
    const std::uint64_t users = workload::users_at(*load_, t);
    return mix_ ? mix_->count_of(scenario_, users) : users;
}

std::uint64_t ScenarioLoad::counted_iterations() const {
    const auto own = [this](std::uint64_t users) { return mix_ ? mix_->count_of(scenario_, users) : users; };
    std::uint64_t count = 0;
    for (const LoadPhase& phase : *load_) {
        const auto* const counted = std::get_if<Iterations>(&phase);
        if (counted == nullptr || !counted->users) continue;
        if (counted->per_user) count += own(*counted->users) * *counted->per_user;
        if (counted->total)
            count +=
                own(*counted->users) * (*counted->total / *counted->users) + own(*counted->total % *counted->users);
    }
    return count;
}

std::vector<UserSpell> ScenarioLoad::spells_of_user(std::uint64_t user) const {
    std::vector<UserSpell> spells = workload::spells_of_user(*load_, mix_ ? mix_->index_of(scenario_, user) : user);
    if (mix_) {  // the whole is the mix's, not this scenario's: each user carries its own part
        for (UserSpell& spell : spells) spell.total = spell.users = 0;
    }
    return spells;
}

}  // namespace culvert::workload
