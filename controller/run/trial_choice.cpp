#include "controller/run/trial_choice.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "common/base/text.h"

namespace culvert::run {
namespace {

using roster::EntryState;
using roster::RosterEntry;

std::string names_of(const std::vector<RosterEntry>& entries) {
    constexpr std::size_t kMostNames = 20;
    std::string names;
    for (std::size_t i = 0; i < entries.size() && i < kMostNames; ++i) {
        names += (names.empty() ? "" : ", ") + entries[i].name;
    }
    return names.empty() ? "nobody is there" : "there are " + names;
}

std::string state_of(const RosterEntry& entry) {
    std::string text = fmt::format("{} is {}", entry.name, roster::to_string(entry.state));
    if (entry.state == EntryState::Busy) text += " with run " + entry.busy_with;
    if (!entry.note.empty()) text += ": " + entry.note;
    return text;
}

Result<std::vector<RosterEntry>> candidates_of(const std::vector<RosterEntry>& present, const TrialWish& wish) {
    std::vector<RosterEntry> candidates;
    for (const RosterEntry& entry : present) {
        const bool named = wish.agent.empty() || entry.name == wish.agent;
        if (named && wish.agents.matches(roster::labels_with_name(entry.name, entry.labels)))
            candidates.push_back(entry);
    }
    if (!candidates.empty()) return candidates;
    if (!wish.agent.empty())
        return fail(Code::Overloaded,
                    fmt::format("no agent is called {}; {}", excerpt(wish.agent, 60), names_of(present)));
    if (wish.agents.terms.empty()) return fail(Code::Overloaded, "no agent is there");
    return fail(Code::Overloaded,
                fmt::format("no agent matches {}; {}", roster::selector_text(wish.agents), names_of(present)));
}

std::vector<bool> carried_by(const RosterEntry& agent, const std::vector<bool>& wanted, const workload::Plan& plan) {
    const workload::Labels labels = roster::labels_with_name(agent.name, agent.labels);
    std::vector<bool> carried;
    for (std::size_t i = 0; i < plan.scenarios.size(); ++i)
        carried.push_back(wanted[i] && plan.scenarios[i].agents.matches(labels));
    return carried;
}

}  // namespace

Result<std::size_t> find_scenario(const workload::Plan& plan, const std::string& name) {
    std::vector<std::string_view> names;
    std::string all;
    for (std::size_t i = 0; i < plan.scenarios.size(); ++i) {
        if (plan.scenarios[i].name == name) return i;
        names.push_back(plan.scenarios[i].name);
        all += (all.empty() ? "" : ", ") + plan.scenarios[i].name;
    }
    const auto nearest = closest(name, names);
    return fail(Code::InvalidInput, fmt::format("the plan has no scenario \"{}\"; {}", excerpt(name, 60),
                                                nearest ? "did you mean " + *nearest + "?" : "it has " + all));
}

Result<TrialChoice> choose_for_trial(const std::vector<RosterEntry>& present, const TrialWish& wish,
                                     const workload::Plan& plan) {
    std::vector<bool> wanted(plan.scenarios.size(), wish.scenario.empty());
    if (!wish.scenario.empty()) {
        const auto scenario = find_scenario(plan, wish.scenario);
        if (!scenario) return tl::unexpected(scenario.error());
        wanted[*scenario] = true;
    }
    const auto candidates = candidates_of(present, wish);
    if (!candidates) return tl::unexpected(candidates.error());

    std::optional<TrialChoice> best;
    std::ptrdiff_t most = 0;
    std::string unready;
    for (const RosterEntry& agent : *candidates) {
        if (agent.state != EntryState::Ready) {
            unready += (unready.empty() ? "" : "; ") + state_of(agent);
            continue;
        }
        std::vector<bool> carried = carried_by(agent, wanted, plan);
        const std::ptrdiff_t count = std::count(carried.begin(), carried.end(), true);
        if (count <= most) continue;
        most = count;
        std::vector<bool> left_out;
        for (std::size_t i = 0; i < wanted.size(); ++i) left_out.push_back(wanted[i] && !carried[i]);
        best = TrialChoice{agent, std::move(carried), std::move(left_out)};
    }
    if (best) return std::move(*best);
    std::string problem;
    for (std::size_t i = 0; i < plan.scenarios.size(); ++i) {
        if (!wanted[i] || !problem.empty()) continue;
        problem = fmt::format("scenario {} is for agents with {}: none of them is ready", plan.scenarios[i].name,
                              roster::selector_text(plan.scenarios[i].agents));
        if (plan.scenarios[i].agents.terms.empty()) problem = "no agent is ready";
    }
    return fail(Code::Overloaded, unready.empty() ? problem : problem + "; " + unready);
}

}  // namespace culvert::run
