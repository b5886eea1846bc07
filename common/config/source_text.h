// A YAML text as bytes: where its lines begin, how columns are counted, and which bytes are no text at all.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace culvert::config {

// Columns for people: yaml-cpp counts bytes, an editor counts characters. The text outlives the index.
class LineIndex {
  public:
    explicit LineIndex(std::string_view text);

    // Both from 0; beyond the text: its end.
    std::size_t offset(int line, int column) const;
    // From a column in bytes, from 0, to one in characters, from 1.
    int column(int line, int bytes) const;

  private:
    static constexpr std::size_t kBlock =
        64;  // a text of one line is asked for all its columns: none may cost its length

    std::size_t continued_before(std::size_t offset) const;

    const std::string_view text_;
    std::vector<std::size_t> continued_before_block_;
    std::vector<std::size_t> starts_{0};
};

struct BadByte {
    int line = 1;
    int column = 1;
    std::string what;
};

// The first byte that is not UTF-8 or is a control character. yaml-cpp takes a byte 4 for the end of the text and
// replaces what is not UTF-8, both silently; here they are refused.
std::optional<BadByte> find_bad_byte(std::string_view text);

}  // namespace culvert::config
