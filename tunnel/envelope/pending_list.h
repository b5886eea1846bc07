// The bodies of PendingList: which joins a relay holds that no controller has answered, as a controller asked with
// PendingAsk (an empty body). In as many envelopes as they need.
//
//   list  := more:u8 count:u16be entry[count]            more: the list goes on in the next PendingList
//   entry := waits_s:u32be peer:text≤64 join:text16≤kLargestBody
//
// The join is opaque to the relay; one that does not fit beside the rest is sent as an empty text.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"

namespace culvert::tunnel::envelope {

inline constexpr std::size_t kLongestPeer = 64;

struct PendingEntry {
    std::uint32_t waits_seconds = 0;
    std::string peer;  // address that the relay sees: often that of a proxy
    std::string join;  // body of its Join

    friend bool operator==(const PendingEntry&, const PendingEntry&) = default;
};

struct PendingPart {
    bool more = false;
    std::vector<PendingEntry> entries;

    friend bool operator==(const PendingPart&, const PendingPart&) = default;
};

// At least one body, of at most kLargestBody; `peer` is cut to its limit.
std::vector<std::string> encode_pending(std::span<const PendingEntry> entries);
Result<PendingPart> parse_pending(std::string_view body);

}  // namespace culvert::tunnel::envelope
