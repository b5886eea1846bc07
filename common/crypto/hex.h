// Hex digits back to octets.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace culvert::crypto {

// Both cases; nothing when a character is foreign or their number odd.
std::optional<std::string> from_hex(std::string_view hex);
// Raw octets as lower-case hex.
std::string octets_to_hex(std::string_view octets);

}  // namespace culvert::crypto
