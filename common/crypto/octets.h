// Writes and reads the small binary forms of tokens and enrolment: big-endian integers and texts with a length in
// front, every length checked before use.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/check.h"

namespace culvert::crypto {

class OctetWriter {
  public:
    void u8(std::uint8_t value) { out_ += static_cast<char>(value); }
    void u16(std::uint16_t value) { big_endian(value, 2); }
    void u64(std::uint64_t value) { big_endian(value, 8); }
    void raw(std::string_view octets) { out_ += octets; }
    void text8(std::string_view text) {
        CULVERT_CHECK(text.size() <= 0xff);
        u8(static_cast<std::uint8_t>(text.size()));
        raw(text);
    }
    void text16(std::string_view text) {
        CULVERT_CHECK(text.size() <= 0xffff);
        u16(static_cast<std::uint16_t>(text.size()));
        raw(text);
    }
    const std::string& written() const { return out_; }

  private:
    void big_endian(std::uint64_t value, int octets) {
        for (int shift = (octets - 1) * 8; shift >= 0; shift -= 8) out_ += static_cast<char>((value >> shift) & 0xff);
    }
    std::string out_;
};

// After the first impossible read everything yields zero or empty, and good() stays false: check it once, at the end.
class OctetReader {
  public:
    explicit OctetReader(std::string_view input) : rest_(input) {}

    std::uint8_t u8() { return static_cast<std::uint8_t>(big_endian(1)); }
    std::uint16_t u16() { return static_cast<std::uint16_t>(big_endian(2)); }
    std::uint64_t u64() { return big_endian(8); }
    std::string_view raw(std::size_t count) {
        if (!good_ || count > rest_.size()) {
            good_ = false;
            return {};
        }
        const std::string_view taken = rest_.substr(0, count);
        rest_.remove_prefix(count);
        return taken;
    }
    std::string_view text8() { return raw(u8()); }
    std::string_view text16() { return raw(u16()); }

    bool good() const { return good_; }
    std::string_view rest() const { return rest_; }

  private:
    std::uint64_t big_endian(std::size_t octets) {
        std::uint64_t value = 0;
        for (const char c : raw(octets)) value = (value << 8) | static_cast<unsigned char>(c);
        return value;
    }
    std::string_view rest_;
    bool good_ = true;
};

}  // namespace culvert::crypto
