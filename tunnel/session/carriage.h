// How the bytes of a channel lie in Data envelopes.
//
//   body := channel:u64be flags:u8 octet[]      flags: 1 open, 2 close, 4 wake; others are skipped
//
// open: the first body of a channel; controllers count their channels upwards, so that of two the newer is known.
// close: the last one (its octets count still). wake: channel 0, no octets: an agent asks its controller to open a
// channel, because it cannot.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/result.h"
#include "tunnel/envelope/envelope.h"

namespace culvert::tunnel::session {

struct Carriage {
    std::uint64_t channel = 0;
    bool open = false;
    bool close = false;
    bool wake = false;
    std::string_view payload{};  // borrowed

    friend bool operator==(const Carriage&, const Carriage&) = default;
};

inline constexpr std::size_t kCarriageHeader = 8 + 1;
inline constexpr std::size_t kLargestPayload = envelope::kLargestBody - kCarriageHeader;

std::string encode(const Carriage& carriage);
Result<Carriage> decode_carriage(std::string_view body);

}  // namespace culvert::tunnel::session
