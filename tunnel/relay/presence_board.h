// Changes of presence that controllers have not been told yet: the last state of each address, however often it
// flapped. Loop thread only.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "tunnel/envelope/presence.h"
#include "tunnel/relay/link.h"

namespace culvert::tunnel::relay {

envelope::Presence presence_of(const Link& link);

class PresenceBoard {
  public:
    // True when this is the first change since take(): the caller plans to take soon.
    bool came(const Link& link) { return note(presence_of(link)); }
    bool went(const Link& link, std::string last_words);

    std::vector<envelope::Presence> take();

  private:
    bool note(envelope::Presence change);

    std::unordered_map<Address, envelope::Presence> changes_;
};

}  // namespace culvert::tunnel::relay
