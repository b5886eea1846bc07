#include "common/crypto/base32.h"

#include <cstdint>

namespace culvert::crypto {
namespace {

constexpr std::string_view kAlphabet = "abcdefghijklmnopqrstuvwxyz234567";

int value_of(char c) {
    if (c >= 'a' && c <= 'z') return c - 'a';
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= '2' && c <= '7') return c - '2' + 26;
    return -1;
}

}  // namespace

std::string to_base32(std::string_view octets) {
    std::string out;
    out.reserve((octets.size() * 8 + 4) / 5);
    std::uint32_t pending = 0;
    int bits = 0;
    for (const char c : octets) {
        pending = (pending << 8) | static_cast<unsigned char>(c);
        bits += 8;
        while (bits >= 5) {
            bits -= 5;
            out += kAlphabet[(pending >> bits) & 31];
        }
        pending &= (1U << bits) - 1;
    }
    if (bits > 0) out += kAlphabet[(pending << (5 - bits)) & 31];
    return out;
}

std::optional<std::string> from_base32(std::string_view text) {
    const std::size_t last = text.size() % 8;
    if (last == 1 || last == 3 || last == 6) return std::nullopt;  // no number of octets gives these lengths
    std::string out;
    out.reserve(text.size() * 5 / 8);
    std::uint32_t pending = 0;
    int bits = 0;
    for (const char c : text) {
        const int value = value_of(c);
        if (value < 0) return std::nullopt;
        pending = (pending << 5) | static_cast<std::uint32_t>(value);
        bits += 5;
        if (bits >= 8) {
            bits -= 8;
            out += static_cast<char>((pending >> bits) & 0xff);
        }
        pending &= (1U << bits) - 1;
    }
    if (pending != 0) return std::nullopt;
    return out;
}

}  // namespace culvert::crypto
