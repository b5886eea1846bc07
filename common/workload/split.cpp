#include "common/workload/split.h"

#include <algorithm>
#include <variant>

namespace culvert::workload {
namespace {

// Numbers the chosen members as seats, in roster order.
Seat seat_among(const std::vector<bool>& chosen, std::span<const Member> members, std::size_t member) {
    Seat seat;
    if (!chosen.at(member)) return seat;
    for (std::size_t i = 0; i < members.size(); ++i) {
        if (!chosen[i]) continue;
        if (i == member) seat.index = seat.weights.size();
        seat.weights.push_back(members[i].weight);
    }
    return seat;
}

std::vector<bool> matching(const Scenario& scenario, std::span<const Member> members) {
    std::vector<bool> chosen(members.size());
    for (std::size_t i = 0; i < members.size(); ++i) chosen[i] = scenario.agents.matches(members[i].labels);
    return chosen;
}

bool names_one_of(const Template& text, const std::vector<std::uint32_t>& variables) {
    return std::any_of(text.parts.begin(), text.parts.end(), [&variables](const Template::Part& part) {
        return part.variable && std::find(variables.begin(), variables.end(), *part.variable) != variables.end();
    });
}

bool step_names_one_of(const Step& step, const std::vector<std::uint32_t>& variables) {
    const auto* const request = std::get_if<RequestStep>(&step);
    if (request == nullptr) return false;
    const auto names = [&variables](const Template& text) { return names_one_of(text, variables); };
    return names(request->url) || (request->body && names(*request->body)) ||
           std::any_of(request->headers.begin(), request->headers.end(),
                       [&names](const NamedTemplate& header) { return names(header.value); }) ||
           std::any_of(request->checks.begin(), request->checks.end(),
                       [&names](const Check& check) { return names(check.operand); }) ||
           std::any_of(request->saves.begin(), request->saves.end(),
                       [&names](const Save& save) { return save.otherwise && names(*save.otherwise); });
}

}  // namespace

Share share_for(const Plan& plan, std::span<const Member> members, std::size_t member) {
    Share share;
    for (const Scenario& scenario : plan.scenarios)
        share.scenarios.push_back(seat_among(matching(scenario, members), members, member));
    return share;
}

std::vector<std::size_t> scenarios_without_member(const Plan& plan, std::span<const Member> members) {
    std::vector<std::size_t> without;
    for (std::size_t s = 0; s < plan.scenarios.size(); ++s) {
        const std::vector<bool> chosen = matching(plan.scenarios[s], members);
        if (std::find(chosen.begin(), chosen.end(), true) == chosen.end()) without.push_back(s);
    }
    return without;
}

Seat data_seat(const Plan& plan, std::size_t data, std::span<const Member> members, std::size_t member) {
    std::vector<bool> chosen(members.size());
    for (const Scenario& scenario : plan.scenarios) {
        if (!uses_data(scenario, plan.data.at(data))) continue;
        const std::vector<bool> also = matching(scenario, members);
        for (std::size_t i = 0; i < members.size(); ++i) chosen[i] = chosen[i] || also[i];
    }
    return seat_among(chosen, members, member);
}

bool uses_data(const Scenario& scenario, const DataSet& data) {
    const auto uses = [&data](const Step& step) { return step_names_one_of(step, data.variables); };
    return std::any_of(scenario.once_per_user.begin(), scenario.once_per_user.end(), uses) ||
           std::any_of(scenario.steps.begin(), scenario.steps.end(), uses);
}

}  // namespace culvert::workload
