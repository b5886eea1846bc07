// RFC 4648 base32 in lower case without padding.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace culvert::crypto {

std::string to_base32(std::string_view octets);
// Takes both cases. Nothing when a character is foreign, the length impossible or the last character holds stray bits.
std::optional<std::string> from_base32(std::string_view text);

}  // namespace culvert::crypto
