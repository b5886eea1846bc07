#include "controller/roster/roster.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

namespace culvert::roster {
namespace {

// "region=eu, us · size=large": every label there is, with its values.
std::string labels_of(const std::vector<RosterEntry>& entries) {
    constexpr std::size_t kMostValues = 10;
    std::map<std::string, std::set<std::string>> values;
    for (const RosterEntry& entry : entries) {
        for (const auto& [label, value] : entry.labels) values[label].insert(value);
    }
    std::string text;
    for (const auto& [label, of_label] : values) {
        text += fmt::format("{}{}=", text.empty() ? "" : " · ", label);
        std::size_t shown = 0;
        for (const std::string& value : of_label) {
            if (shown == kMostValues) text += fmt::format(", … ({} in all)", of_label.size());
            if (shown++ >= kMostValues) continue;
            text += (shown == 1 ? "" : ", ") + value;
        }
    }
    return text.empty() ? "none" : text;
}

std::string there_are(const std::vector<RosterEntry>& entries) {
    return entries.size() == 1
               ? fmt::format("the one agent here has the labels {}", labels_of(entries))
               : fmt::format("the {} agents here have the labels {}", entries.size(), labels_of(entries));
}

Status check_names(const std::vector<RosterEntry>& chosen) {
    for (std::size_t i = 1; i < chosen.size(); ++i) {
        if (chosen[i - 1].name != chosen[i].name) continue;
        return fail(Code::InvalidInput, fmt::format("two agents have the name {} (nodes {} and {}): give one of them "
                                                    "another name and let it join again, or revoke it",
                                                    chosen[i].name, short_id(chosen[i - 1].address.node),
                                                    short_id(chosen[i].address.node)));
    }
    return {};
}

Status check_ready(const std::vector<RosterEntry>& chosen) {
    std::string problems;
    for (const RosterEntry& entry : chosen) {
        if (entry.state == EntryState::Ready) continue;
        std::string why = to_string(entry.state);
        if (entry.state == EntryState::Busy) why += " with run " + entry.busy_with;
        if (!entry.note.empty()) why += ": " + entry.note;
        problems += fmt::format("{}{} is {}", problems.empty() ? "" : "; ", entry.name, why);
    }
    if (problems.empty()) return {};
    return fail(Code::Overloaded, problems + ". Wait for it, or leave it out: --agents name!=NAME");
}

Status check_scenarios(const std::vector<RosterEntry>& chosen, const workload::Plan& plan) {
    for (const workload::Scenario& scenario : plan.scenarios) {
        const bool carried = std::any_of(chosen.begin(), chosen.end(), [&scenario](const RosterEntry& entry) {
            return scenario.agents.matches(labels_with_name(entry.name, entry.labels));
        });
        if (carried) continue;
        return fail(Code::InvalidInput, fmt::format("scenario {}: no agent of this run matches its selector {}; {}",
                                                    scenario.name, selector_text(scenario.agents), there_are(chosen)));
    }
    return {};
}

}  // namespace

const char* to_string(EntryState state) {
    switch (state) {
        case EntryState::Connecting:
            return "connecting";
        case EntryState::Ready:
            return "ready";
        case EntryState::Busy:
            return "busy";
        case EntryState::Incompatible:
            return "incompatible";
        case EntryState::Unreachable:
            return "unreachable";
        case EntryState::Offline:
            return "offline";
    }
    return "unknown";
}

Result<std::vector<RosterEntry>> choose(const std::vector<RosterEntry>& present, const workload::Selector& selector,
                                        const workload::Plan& plan) {
    std::vector<RosterEntry> online, chosen;
    for (const RosterEntry& entry : present) {
        if (entry.state == EntryState::Offline) continue;
        online.push_back(entry);
        if (selector.matches(labels_with_name(entry.name, entry.labels))) chosen.push_back(entry);
    }
    if (online.empty())
        return fail(Code::InvalidInput,
                    "no agent is connected; start one (culvert-agent run) or invite one (culvert invite)");
    if (chosen.empty())
        return fail(Code::InvalidInput,
                    fmt::format("no agent matches {}; {}", selector_text(selector), there_are(online)));
    std::sort(chosen.begin(), chosen.end(), [](const RosterEntry& a, const RosterEntry& b) {
        return a.name != b.name ? a.name < b.name : a.address < b.address;
    });
    if (const Status ok = check_names(chosen); !ok) return tl::unexpected(ok.error());
    if (const Status ok = check_ready(chosen); !ok) return tl::unexpected(ok.error());
    if (const Status ok = check_scenarios(chosen, plan); !ok) return tl::unexpected(ok.error());
    return chosen;
}

std::vector<workload::Member> members_of(const std::vector<RosterEntry>& agents) {
    std::vector<workload::Member> members;
    for (const RosterEntry& agent : agents)
        members.push_back({labels_with_name(agent.name, agent.labels), agent.weight});
    return members;
}

std::vector<workload::Share> shares_without(const workload::Plan& plan, const std::vector<workload::Member>& members,
                                            const std::vector<bool>& away) {
    workload::Share none;
    none.scenarios.resize(plan.scenarios.size());
    std::vector<workload::Share> shares(members.size(), none);
    std::vector<workload::Member> here;
    std::vector<std::size_t> place;
    for (std::size_t i = 0; i < members.size(); ++i) {
        if (i < away.size() && away[i]) continue;
        here.push_back(members[i]);
        place.push_back(i);
    }
    for (std::size_t i = 0; i < here.size(); ++i) shares[place[i]] = workload::share_for(plan, here, i);
    return shares;
}

}  // namespace culvert::roster
