// Small text tools that several folders need.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace culvert {

std::vector<std::string_view> split(std::string_view text, char separator);  // "a,,b" gives three parts
std::string_view trim(std::string_view text);                                // blanks, tabs and line ends
std::string join(std::span<const std::string> parts, std::string_view separator);
std::string to_lower_ascii(std::string_view text);

// The candidate nearest to `text` (Damerau-Levenshtein, at most 2 edits or a third of its length): for "did you mean".
std::optional<std::string> closest(std::string_view text, std::span<const std::string_view> candidates);

std::string to_hex(std::span<const unsigned char> bytes);
// Bounded and printable: control characters become '?', longer text ends in "…". For foreign text in messages.
std::string excerpt(std::string_view text, std::size_t at_most);

}  // namespace culvert
