// Which admitted link carries which node: the newest one of each address. Borrows the links. Loop thread only.
#pragma once

#include <cstddef>
#include <unordered_map>
#include <vector>

#include "common/base/node_id.h"
#include "tunnel/relay/link.h"

namespace culvert::tunnel::relay {

class RouteTable {
  public:
    // The link that carried this address until now, or nullptr.
    Link* put(Link& link);
    // Does nothing when a newer link has the address.
    void remove(const Link& link);

    Link* find(const Address& address) const;
    // In the order of their admission.
    const std::vector<Link*>& controllers() const { return controllers_; }
    // The newest controller that can sign joins, or nullptr; not this one.
    Link* newest_enrolling(const Link* except = nullptr) const;
    // In no particular order; a copy, so that the caller may close what it visits.
    std::vector<Link*> all() const;
    std::size_t size() const { return by_address_.size(); }

  private:
    void forget_controller(const Link& link);

    std::unordered_map<Address, Link*> by_address_;
    std::vector<Link*> controllers_;
};

}  // namespace culvert::tunnel::relay
