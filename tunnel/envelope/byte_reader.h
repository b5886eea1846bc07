// Bounded reading and writing of the bodies that a relay understands: big-endian numbers, and texts with their length
// in front. A reader that met its end, or a length above its limit, stays failed and yields zeros: check ok() once, at
// the end.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/check.h"
#include "common/base/node_id.h"

namespace culvert::tunnel::envelope {

class ByteReader {
  public:
    explicit ByteReader(std::string_view bytes) : rest_(bytes) {}

    std::uint8_t u8() { return static_cast<std::uint8_t>(number(1)); }
    std::uint16_t u16() { return static_cast<std::uint16_t>(number(2)); }
    std::uint32_t u32() { return static_cast<std::uint32_t>(number(4)); }
    std::uint64_t u64() { return number(8); }

    // Exactly `count` bytes; empty after a failure.
    std::string_view bytes(std::size_t count) {
        if (failed_ || rest_.size() < count) {
            fail();
            return {};
        }
        const std::string_view taken = rest_.substr(0, count);
        rest_.remove_prefix(count);
        return taken;
    }

    // length:u16 octet[length], at most `limit` of them.
    std::string_view text(std::size_t limit) {
        const std::size_t length = u16();
        if (length > limit) {
            fail();
            return {};
        }
        return bytes(length);
    }

    Address address() {
        Address read;
        const std::string_view node = bytes(read.node.bytes.size());
        for (std::size_t i = 0; i < node.size(); ++i) read.node.bytes[i] = static_cast<std::uint8_t>(node[i]);
        read.instance = u64();
        return read;
    }

    // A value was outside its range.
    void fail() {
        failed_ = true;
        rest_ = {};
    }
    bool ok() const { return !failed_; }
    std::string_view rest() const { return rest_; }

  private:
    std::uint64_t number(std::size_t width) {
        std::uint64_t value = 0;
        for (const char c : bytes(width)) value = value << 8 | static_cast<std::uint8_t>(c);
        return value;
    }

    std::string_view rest_;
    bool failed_ = false;
};

// Appends to a string that it borrows.
class ByteWriter {
  public:
    explicit ByteWriter(std::string& into) : into_(into) {}

    void u8(std::uint8_t value) { number(value, 1); }
    void u16(std::uint16_t value) { number(value, 2); }
    void u32(std::uint32_t value) { number(value, 4); }
    void u64(std::uint64_t value) { number(value, 8); }
    void bytes(std::string_view value) { into_.append(value); }
    // The caller has cut it to the limit that the reader knows.
    void text(std::string_view value, std::size_t limit) {
        CULVERT_CHECK(value.size() <= limit && limit <= 0xffff);
        u16(static_cast<std::uint16_t>(value.size()));
        bytes(value);
    }
    void address(const Address& value) {
        into_.append(reinterpret_cast<const char*>(value.node.bytes.data()), value.node.bytes.size());
        u64(value.instance);
    }

  private:
    void number(std::uint64_t value, std::size_t width) {
        for (std::size_t i = width; i-- > 0;) into_.push_back(static_cast<char>(value >> (8 * i) & 0xff));
    }

    std::string& into_;
};

}  // namespace culvert::tunnel::envelope
