#include "controller/cli/render/text_style.h"

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
        if (text[at] != '\x1b') ++width;
        at += unit_length(text, at);
    }
    return width;
}

std::string one_line(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = '?';
    }
    return out;
}

std::string clipped(std::string_view line, std::size_t width) {
    if (width_of(line) <= width) return std::string(line);
    std::string out;
    std::size_t used = 0;
    bool painted = false;
    for (std::size_t at = 0; at < line.size() && used + 1 < width;) {
        const std::size_t length = unit_length(line, at);
        if (line[at] == '\x1b') {
            painted = line.substr(at, length) != kReset;
        } else {
            ++used;
        }
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
        std::string_view instead = "?";
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
