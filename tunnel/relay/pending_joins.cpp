#include "tunnel/relay/pending_joins.h"

namespace culvert::tunnel::relay {

PendingJoin* PendingJoins::put(LinkId link, SteadyTime now) {
    if (PendingJoin* const present = find(link)) return present;
    if (by_link_.size() >= capacity_) return nullptr;
    PendingJoin& added = by_link_[link];
    added.since = now;
    return &added;
}

PendingJoin* PendingJoins::find(LinkId link) {
    const auto found = by_link_.find(link);
    return found == by_link_.end() ? nullptr : &found->second;
}

std::vector<LinkId> PendingJoins::waiting() const {
    std::vector<LinkId> links;
    for (const auto& [link, pending] : by_link_) {
        if (pending.handed_to == 0 && !pending.answered) links.push_back(link);
    }
    return links;
}

std::vector<LinkId> PendingJoins::unanswered() const {
    std::vector<LinkId> links;
    for (const auto& [link, pending] : by_link_) {
        if (!pending.answered) links.push_back(link);
    }
    return links;
}

std::vector<LinkId> PendingJoins::take_back_from(LinkId controller) {
    std::vector<LinkId> links;
    for (auto& [link, pending] : by_link_) {
        if (pending.handed_to != controller || pending.answered) continue;
        pending.handed_to = 0;
        links.push_back(link);
    }
    return links;
}

std::optional<LinkId> PendingJoins::oldest_served(SteadyTime since) const {
    for (const auto& [link, pending] : by_link_) {
        if (pending.answered || (pending.handed_to != 0 && pending.handed_at < since)) return link;
    }
    return std::nullopt;
}

std::vector<LinkId> PendingJoins::older_than(SteadyTime since) const {
    std::vector<LinkId> links;
    for (const auto& [link, pending] : by_link_) {
        if (pending.since < since) links.push_back(link);
    }
    return links;
}

}  // namespace culvert::tunnel::relay
