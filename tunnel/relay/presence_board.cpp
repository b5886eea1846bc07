#include "tunnel/relay/presence_board.h"

#include <utility>

namespace culvert::tunnel::relay {

envelope::Presence presence_of(const Link& link) {
    envelope::Presence presence;
    presence.address = link.address;
    presence.role = link.role;
    presence.name = link.name;
    presence.transport = link.carrier == Carrier::WebSocket ? "websocket" : "long_poll";
    return presence;
}

bool PresenceBoard::went(const Link& link, std::string last_words) {
    envelope::Presence presence = presence_of(link);
    presence.online = false;
    presence.last_words = std::move(last_words);
    return note(std::move(presence));
}

std::vector<envelope::Presence> PresenceBoard::take() {
    std::vector<envelope::Presence> taken;
    taken.reserve(changes_.size());
    for (auto& [address, presence] : changes_) taken.push_back(std::move(presence));
    changes_.clear();
    return taken;
}

bool PresenceBoard::note(envelope::Presence change) {
    const bool first = changes_.empty();
    changes_[change.address] = std::move(change);
    return first;
}

}  // namespace culvert::tunnel::relay
