// How text may look where it goes: width, colours, and whether the locale can show more than ASCII. Colour only adds:
// each coloured word also has its sign.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace culvert::cli::render {

struct TextStyle {
    std::size_t width = 100;  // columns
    bool color = false;
    bool unicode = true;
};

enum class Tone { Plain, Good, Bad, Warning, Dim, Strong };

// With the escape sequences of `tone` around it, if there are colours.
std::string paint(std::string_view text, Tone tone, const TextStyle& style);
// Columns on a terminal: none for escape sequences and combining marks, two for East Asian characters and emoji.
std::size_t width_of(std::string_view text);
// Foreign text on one line: control characters become '?'.
std::string one_line(std::string_view text);
// At most `width` columns; what was longer ends in "…". Escape sequences stay whole.
std::string clipped(std::string_view line, std::size_t width);
// Each sign that ASCII does not have as one that it has, width for width: ✓ v, ✗ x, – -, µ u, · |. For locales that are
// not UTF-8.
std::string ascii_only(std::string_view text);
// `text` as `style` can show it: the last step of every renderer.
std::string finish(std::string text, const TextStyle& style);

}  // namespace culvert::cli::render
