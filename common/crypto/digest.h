// Digests, random bytes and comparison: what identity, tokens and enrolment are built from. All values are raw octets.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace culvert::crypto {

inline constexpr std::size_t kSha256Size = 32;

std::string sha256(std::string_view data);
std::string hmac_sha256(std::string_view key, std::string_view data);
// From the operating system's generator; without one there is no safe way on, so failure stops the process.
std::string random_bytes(std::size_t count);
// Time depends on the lengths only.
bool constant_time_equal(std::string_view a, std::string_view b);

}  // namespace culvert::crypto
