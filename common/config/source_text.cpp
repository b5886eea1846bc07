#include "common/config/source_text.h"

#include <algorithm>

#include <fmt/format.h>

namespace culvert::config {
namespace {

bool is_continuation(char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

// Length of the UTF-8 sequence that begins the text, 0 when it is none (overlong forms and surrogates are none).
std::size_t utf8_length(std::string_view text) {
    const auto byte = [text](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
    const auto follows = [&byte](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
    const unsigned first = byte(0);
    if (first < 0x80) return 1;
    if (first >= 0xC2 && first <= 0xDF) return follows(1) ? 2 : 0;
    if (first >= 0xE0 && first <= 0xEF) {
        const unsigned least = first == 0xE0 ? 0xA0 : 0x80;
        const unsigned most = first == 0xED ? 0x9F : 0xBF;
        return byte(1) >= least && byte(1) <= most && follows(2) ? 3 : 0;
    }
    if (first >= 0xF0 && first <= 0xF4) {
        const unsigned least = first == 0xF0 ? 0x90 : 0x80;
        const unsigned most = first == 0xF4 ? 0x8F : 0xBF;
        return byte(1) >= least && byte(1) <= most && follows(2) && follows(3) ? 4 : 0;
    }
    return 0;
}

}  // namespace

LineIndex::LineIndex(std::string_view text) : text_(text) {
    std::size_t continued = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (i % kBlock == 0) continued_before_block_.push_back(continued);
        if (text[i] == '\n') starts_.push_back(i + 1);
        if (is_continuation(text[i])) ++continued;
    }
    continued_before_block_.push_back(continued);
}

std::size_t LineIndex::offset(int line, int column) const {
    if (line < 0 || static_cast<std::size_t>(line) >= starts_.size()) return text_.size();
    return std::min(text_.size(),
                    starts_[static_cast<std::size_t>(line)] + static_cast<std::size_t>(std::max(0, column)));
}

int LineIndex::column(int line, int bytes) const {
    const std::size_t begin = offset(line, 0);
    const std::size_t end = offset(line, bytes);
    return static_cast<int>(end - begin - (continued_before(end) - continued_before(begin))) + 1;
}

std::size_t LineIndex::continued_before(std::size_t offset) const {
    std::size_t count = continued_before_block_[offset / kBlock];
    for (std::size_t i = offset / kBlock * kBlock; i < offset; ++i) count += is_continuation(text_[i]) ? 1 : 0;
    return count;
}

std::optional<BadByte> find_bad_byte(std::string_view text) {
    BadByte at;
    while (!text.empty()) {
        const auto byte = static_cast<unsigned char>(text.front());
        const std::size_t length = utf8_length(text);
        if (length == 0) {
            at.what = "the file is not UTF-8 here; save it as UTF-8";
            return at;
        }
        const bool control = (byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r') || byte == 0x7f;
        if (control) {
            at.what = fmt::format("a control character (0x{:02x}) stands here; remove it", byte);
            return at;
        }
        at.column = byte == '\n' ? 1 : at.column + 1;
        if (byte == '\n') ++at.line;
        text.remove_prefix(length);
    }
    return std::nullopt;
}

}  // namespace culvert::config
