// The body of Presence: what a relay tells controllers about who is connected. After admission the whole list, in as
// many envelopes as it needs, then changes as they happen.
//
//   presence := flags:u8 count:u16be entry[count]       flags: bit 0 restart, bit 1 more
//   entry    := address role:u8 online:u8 name:text transport:text last_words:text
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/node_id.h"
#include "common/base/result.h"

namespace culvert::tunnel::envelope {

inline constexpr std::size_t kLongestTransport = 32;
inline constexpr std::size_t kLongestLastWords = 256;

// One node's presence.
struct Presence {
    Address address;
    Role role = Role::Agent;
    std::string name;        // from its certificate
    bool online = true;      // false: it has just gone
    std::string transport;   // "websocket", "long_poll"
    std::string last_words;  // why it went, if known

    friend bool operator==(const Presence&, const Presence&) = default;
};

struct PresenceUpdate {
    bool restart = false;  // the whole list begins here: forget what was said before
    bool more = false;     // the whole list goes on in the next Presence
    std::vector<Presence> entries;

    friend bool operator==(const PresenceUpdate&, const PresenceUpdate&) = default;
};

// Bodies of at most kLargestBody each, in the order in which they must be sent. An empty whole list is one body, no
// changes are none.
std::vector<std::string> encode_whole_list(std::span<const Presence> entries);
std::vector<std::string> encode_changes(std::span<const Presence> entries);
Result<PresenceUpdate> parse_presence(std::string_view body);

}  // namespace culvert::tunnel::envelope
