// Nodes without a certificate that wait for a controller to sign their join. Bounded in number here, in size by the
// envelope, in time by the owner. Loop thread only.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "tunnel/relay/transport.h"

namespace culvert::tunnel::relay {

struct PendingJoin {
    std::string join;  // body of the last Join; opaque
    SteadyTime since{};
    LinkId handed_to = 0;  // link of the controller that has it; 0: none
    SteadyTime handed_at{};
    bool answered = false;  // a JoinReply has been passed on
    unsigned joins = 0;     // how many Joins the node has sent
};

class PendingJoins {
  public:
    explicit PendingJoins(std::size_t capacity) : capacity_(capacity) {}

    // nullptr: no room. The entry of this link, new or not.
    PendingJoin* put(LinkId link, SteadyTime now);
    PendingJoin* find(LinkId link);
    void remove(LinkId link) { by_link_.erase(link); }
    std::size_t size() const { return by_link_.size(); }

    // Links whose join no controller has, oldest first.
    std::vector<LinkId> waiting() const;
    // Links whose join nobody has replied to yet, oldest first.
    std::vector<LinkId> unanswered() const;
    // This controller has gone: what it did not answer waits again. Returns those links.
    std::vector<LinkId> take_back_from(LinkId controller);
    std::vector<LinkId> older_than(SteadyTime since) const;
    // The oldest that has its reply, or was handed to a controller before `since`.
    std::optional<LinkId> oldest_served(SteadyTime since) const;

  private:
    const std::size_t capacity_;
    std::map<LinkId, PendingJoin> by_link_;  // link numbers ascend, so this is the order of arrival
};

}  // namespace culvert::tunnel::relay
