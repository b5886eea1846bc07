#include "controller/cli/render/text_style.h"

#include <algorithm>
#include <array>
#include <utility>

namespace culvert::cli::render {
namespace {

constexpr std::string_view kReset = "\x1b[0m";

std::string_view code_of(Tone tone) {
    switch (tone) {
        case Tone::Good:
            return "\x1b[32m";
        case Tone::Bad:
            return "\x1b[31m";
        case Tone::Warning:
            return "\x1b[33m";
        case Tone::Dim:
            return "\x1b[2m";
        case Tone::Strong:
            return "\x1b[1m";
        case Tone::Plain:
            break;
    }
    return "";
}

// Length of the escape sequence or character that begins at `at`.
std::size_t unit_length(std::string_view text, std::size_t at) {
    if (text[at] == '\x1b') {
        std::size_t end = at + 1;
        while (end < text.size() && text[end] != 'm') ++end;
        return end + 1 - at;
    }
    std::size_t end = at + 1;
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) ++end;
    return end - at;
}

struct Range {
    char32_t first, last;
};
// East Asian wide characters and emoji, and marks that stand on the character before them: roughly what terminals do.
constexpr std::array<Range, 10> kWide{{{0x1100, 0x115F},
                                       {0x2E80, 0x303E},
                                       {0x3041, 0xA4CF},
                                       {0xAC00, 0xD7A3},
                                       {0xF900, 0xFAFF},
                                       {0xFE30, 0xFE6F},
                                       {0xFF00, 0xFF60},
                                       {0xFFE0, 0xFFE6},
                                       {0x1F300, 0x1FAFF},
                                       {0x20000, 0x3FFFD}}};
constexpr std::array<Range, 4> kNoWidth{{{0x0300, 0x036F}, {0x200B, 0x200F}, {0x20D0, 0x20FF}, {0xFE00, 0xFE0F}}};

char32_t code_point(std::string_view unit) {
    const auto byte = [&unit](std::size_t i) { return static_cast<unsigned char>(unit[i]); };
    if (unit.size() == 1) return byte(0);
    char32_t code = byte(0) & (0x7FU >> unit.size());
    for (std::size_t i = 1; i < unit.size(); ++i) code = code << 6U | (byte(i) & 0x3FU);
    return code;
}

// Columns of one character or escape sequence.
std::size_t columns_of(std::string_view unit) {
    if (unit.front() == '\x1b') return 0;
    if (unit.size() == 1 || unit.size() > 4) return 1;
    const char32_t code = code_point(unit);
    const auto holds = [code](const Range& range) { return code >= range.first && code <= range.last; };
    if (std::any_of(kNoWidth.begin(), kNoWidth.end(), holds)) return 0;
    return std::any_of(kWide.begin(), kWide.end(), holds) ? 2 : 1;
}

constexpr std::array<std::pair<std::string_view, std::string_view>, 32> kAscii{
    {{"✓", "v"},  {"✗", "x"}, {"–", "-"}, {"−", "-"}, {"·", "|"}, {"µ", "u"}, {"±", "~"}, {"×", "x"},
     {"…", "~"},  {"→", ">"}, {"━", "="}, {"╸", ">"}, {"─", "-"}, {"▁", "_"}, {"▂", "."}, {"▃", ","},
     {"▄", ":"},  {"▅", "-"}, {"▆", "="}, {"▇", "*"}, {"█", "#"}, {"≤", "<"}, {"≥", ">"}, {"“", "\""},
     {"”", "\""}, {"‘", "'"}, {"’", "'"}, {"≈", "~"}, {"°", "o"}, {"⌀", "~"}, {"▶", ">"}, {" ", " "}}};

}  // namespace

std::string paint(std::string_view text, Tone tone, const TextStyle& style) {
    if (!style.color || tone == Tone::Plain || text.empty()) return std::string(text);
    return std::string(code_of(tone)) + std::string(text) + std::string(kReset);
}

std::size_t width_of(std::string_view text) {
    std::size_t width = 0;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t length = unit_length(text, at);
        width += columns_of(text.substr(at, length));
        at += length;
    }
    return width;
}

std::string one_line(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        const auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0U;
        const bool c1_control = byte == 0xC2 && next >= 0x80 && next < 0xA0;  // U+009B begins a sequence as ESC [ does
        out += byte < 0x20 || byte == 0x7F || c1_control ? '?' : text[i];
        if (c1_control) ++i;
    }
    return out;
}

std::string clipped(std::string_view line, std::size_t width) {
    if (width_of(line) <= width) return std::string(line);
    std::string out;
    std::size_t used = 0;
    bool painted = false;
    for (std::size_t at = 0; at < line.size();) {
        const std::size_t length = unit_length(line, at);
        const std::size_t columns = columns_of(line.substr(at, length));
        if (used + columns + 1 > width) break;
        if (line[at] == '\x1b') painted = line.substr(at, length) != kReset;
        used += columns;
        out += line.substr(at, length);
        at += length;
    }
    if (width > 0) out += "…";
    return painted ? out + std::string(kReset) : out;
}

std::string ascii_only(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t length = unit_length(text, at);
        const std::string_view unit = text.substr(at, length);
        at += length;
        if (length == 1 || unit.front() == '\x1b') {
            out += unit;
            continue;
        }
        const std::string unknown(columns_of(unit), '?');
        std::string_view instead = unknown;
        for (const auto& [sign, ascii] : kAscii) {
            if (sign == unit) instead = ascii;
        }
        out += instead;
    }
    return out;
}

std::string finish(std::string text, const TextStyle& style) {
    return style.unicode ? text : ascii_only(text);
}

}  // namespace culvert::cli::render
