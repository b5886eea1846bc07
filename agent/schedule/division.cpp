#include "agent/schedule/division.h"

namespace culvert::agent::schedule {

Result<SeatRule> SeatRule::of(const workload::Seat& seat) {
    SeatRule rule;
    if (seat.weights.empty()) return rule;
    if (seat.index >= seat.weights.size()) return fail(Code::InvalidInput, "share: seat " + std::to_string(seat.index) + " of " + std::to_string(seat.weights.size()));
    auto ownership = workload::Ownership::of(seat.weights);
    if (!ownership) return fail(ownership.error(), "share");
    rule.ownership_ = std::move(*ownership);
    rule.seat_ = seat.index;
    return rule;
}

Result<Mix> Mix::of(std::vector<Member> members) {
    Mix mix;
    if (members.empty()) return fail(Code::InvalidInput, "a load needs a scenario");
    if (members.size() > 1) {
        std::vector<double> weights;
        weights.reserve(members.size());
        for (const Member& member : members) weights.push_back(member.weight);
        auto ownership = workload::Ownership::of(weights);
        if (!ownership) return fail(ownership.error(), "weights of the mix");
        mix.weights_ = std::move(*ownership);
    }
    mix.members_ = std::move(members);
    return mix;
}

Result<SeatRules> seat_rules(const Mix& mix, const workload::Share& share) {
    SeatRules rules;
    for (std::size_t member = 0; member < mix.size(); ++member) {
        const std::size_t scenario = mix.scenario(member);
        if (scenario >= share.scenarios.size()) return fail(Code::InvalidInput, "share: it has " + std::to_string(share.scenarios.size()) + " seats, the plan has more scenarios");
        auto rule = SeatRule::of(share.scenarios[scenario]);
        if (!rule) return tl::unexpected<Error>(rule.error());
        rules.push_back(std::move(*rule));
    }
    return rules;
}

}  // namespace culvert::agent::schedule
