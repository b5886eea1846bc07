#include "tunnel/relay/route_table.h"

#include <algorithm>

namespace culvert::tunnel::relay {

Link* RouteTable::put(Link& link) {
    Link*& slot = by_address_[link.address];
    Link* const displaced = slot;
    slot = &link;
    if (displaced != nullptr) forget_controller(*displaced);
    if (link.role == Role::Controller) controllers_.push_back(&link);
    return displaced;
}

void RouteTable::remove(const Link& link) {
    const auto found = by_address_.find(link.address);
    if (found == by_address_.end() || found->second != &link) return;
    by_address_.erase(found);
    forget_controller(link);
}

Link* RouteTable::find(const Address& address) const {
    const auto found = by_address_.find(address);
    return found == by_address_.end() ? nullptr : found->second;
}

Link* RouteTable::newest_enrolling(const Link* except) const {
    const auto found = std::find_if(controllers_.rbegin(), controllers_.rend(),
                                    [except](const Link* link) { return link->enrols && link != except; });
    return found == controllers_.rend() ? nullptr : *found;
}

std::vector<Link*> RouteTable::all() const {
    std::vector<Link*> links;
    links.reserve(by_address_.size());
    for (const auto& [address, link] : by_address_) links.push_back(link);
    return links;
}

void RouteTable::forget_controller(const Link& link) {
    std::erase(controllers_, &link);
}

}  // namespace culvert::tunnel::relay
