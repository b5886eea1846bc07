#include "common/config/yaml_hints.h"

#include <array>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "common/base/text.h"

namespace culvert::config {
namespace {

struct Place {
    int line = 1;
    int column = 1;
    std::size_t offset = 0;
};

// What an unquoted look at the text up to the error found: open brackets and the last `${` that stands unquoted inside
// { } or [ ].
struct Scan {
    std::vector<std::pair<char, Place>> open;
    std::optional<Place> open_quote;
    std::optional<Place> unquoted_reference;
};

std::string_view line_of(std::string_view text, int line) {
    for (int current = 1; !text.empty(); ++current) {
        const std::size_t end = text.find('\n');
        if (current == line) return text.substr(0, end);
        if (end == std::string_view::npos) break;
        text.remove_prefix(end + 1);
    }
    return {};
}

bool starts_token(char before) {
    return before == ' ' || before == '\n' || before == '\t' || before == '[' || before == '{' || before == ',' ||
           before == ':';
}

// A plain scanner, not a parser: it needs to be right only about quotes, comments and brackets in texts that people
// write.
class Scanner {
  public:
    explicit Scanner(std::string_view text) : text_(text) {}

    Scan run(int last_line) {
        while (at_.offset < text_.size() && at_.line <= last_line) step();
        return std::move(scan_);
    }

  private:
    char peek(std::size_t ahead = 0) const {
        return at_.offset + ahead < text_.size() ? text_[at_.offset + ahead] : '\n';
    }
    char before() const { return at_.offset == 0 ? '\n' : text_[at_.offset - 1]; }

    void advance() {
        if (text_[at_.offset] == '\n') {
            ++at_.line;
            at_.column = 1;
        } else {
            ++at_.column;
        }
        ++at_.offset;
    }

    void step() {
        const char c = peek();
        if ((c == '"' || c == '\'') && starts_token(before())) return skip_quoted(c);
        if (c == '#' && (before() == ' ' || before() == '\n' || before() == '\t')) return skip_line();
        if (c == '$' && peek(1) == '{' && !scan_.open.empty()) return take_reference();
        if ((c == '{' || c == '[') && (!scan_.open.empty() || starts_token(before()))) scan_.open.emplace_back(c, at_);
        if ((c == '}' || c == ']') && !scan_.open.empty()) scan_.open.pop_back();
        advance();
    }

    void skip_quoted(char quote) {
        const Place opened = at_;
        advance();
        while (at_.offset < text_.size() && peek() != quote) {
            if (quote == '"' && peek() == '\\') advance();
            if (at_.offset < text_.size()) advance();
        }
        if (at_.offset < text_.size()) {
            advance();
        } else {
            scan_.open_quote = opened;
        }
    }

    void skip_line() {
        while (at_.offset < text_.size() && peek() != '\n') advance();
    }

    void take_reference() {
        if (!scan_.unquoted_reference) scan_.unquoted_reference = at_;
        while (at_.offset < text_.size() && peek() != '}' && peek() != '\n') advance();
        if (peek() == '}') advance();
    }

    const std::string_view text_;
    Place at_;
    Scan scan_;
};

// The whole unquoted word around a `${`: "https://${host}/x".
std::string_view word_around(std::string_view text, std::size_t offset) {
    constexpr std::string_view kEnds = " ,\n\t]";
    std::size_t begin = offset;
    while (begin > 0 && kEnds.find(text[begin - 1]) == std::string_view::npos && text[begin - 1] != '[' &&
           text[begin - 1] != '{')
        --begin;
    std::size_t end = offset;
    bool inside = false;
    for (; end < text.size() && kEnds.find(text[end]) == std::string_view::npos; ++end) {
        if (text[end] == '{') inside = true;
        if (text[end] == '}' && !inside) break;
        if (text[end] == '}') inside = false;
    }
    return text.substr(begin, end - begin);
}

std::string_view plain_value(std::string_view line, std::size_t begin) {
    if (begin >= line.size()) return {};
    const std::size_t end = line.find_first_of(",]}\r", begin);
    return trim(line.substr(begin, end == std::string_view::npos ? end : end - begin));
}

// The text between the double quotes around `column`, without them.
std::string_view quoted_around(std::string_view line, int column) {
    const std::size_t at = std::min(line.size(), static_cast<std::size_t>(column));
    const std::size_t open = line.substr(0, at).rfind('"');
    if (open == std::string_view::npos) return {};
    const std::size_t close = line.find('"', open + 1);
    if (close == std::string_view::npos) return {};
    return line.substr(open + 1, close - open - 1);
}

std::optional<int> tab_indented_line(std::string_view text, int last_line) {
    for (int line = last_line; line >= 1 && line >= last_line - 3; --line) {
        const std::string_view whole = line_of(text, line);
        const std::size_t first = whole.find_first_not_of(" \t\r");
        const std::string_view indent = whole.substr(0, first == std::string_view::npos ? 0 : first);
        if (indent.find('\t') != std::string_view::npos) return line;
    }
    return std::nullopt;
}

bool has(std::string_view message, std::string_view words) {
    return message.find(words) != std::string_view::npos;
}

SyntaxError at(const Place& place, std::string message) {
    return SyntaxError{std::move(message), place.line, place.column};
}

// A value as the user should write it; long ones are cut, because a hint is one line.
std::string suggested(std::string_view value) {
    return in_quotes(excerpt(value, 80));
}

std::string backslash_hint(std::string_view line, int column) {
    const std::string_view quoted = quoted_around(line, column);
    if (quoted.empty()) return "\\ is special in double quotes: write the text in single quotes";
    return fmt::format("\\ is special in double quotes: write {}", suggested(quoted));
}

std::string colon_hint(std::string_view line) {
    std::string_view value = trim(line);
    if (value.substr(0, 2) == "- ") value = trim(value.substr(2));
    const std::size_t colon = value.find(": ");
    const std::size_t second = colon == std::string_view::npos ? colon : value.find(": ", colon + 2);
    if (second == std::string_view::npos)
        return "a key is not expected here: check the indentation of this line and of the one above";
    const std::string_view rest = trim(value.substr(colon + 2));
    return fmt::format("a text with \": \" in it must stand in quotes: write {}: {}",
                       excerpt(value.substr(0, colon), 80), suggested(rest));
}

std::optional<SyntaxError> explain_bracket(std::string_view text, const SyntaxError& error, const Scan& scan) {
    if (scan.unquoted_reference) {
        const std::string_view word = word_around(text, scan.unquoted_reference->offset);
        return at(*scan.unquoted_reference,
                  fmt::format("inside {{ }} and [ ] a value with [ ] {{ }} or , must stand in quotes: write {}",
                              suggested(word)));
    }
    if (scan.open.empty()) return std::nullopt;
    const auto& [bracket, place] = scan.open.back();
    const char closing = bracket == '{' ? '}' : ']';
    if (has(error.message, "end of map flow") || has(error.message, "end of sequence flow")) {
        return at(place, fmt::format("the {} that opens here is not closed: a {} or a , between two entries is missing "
                                     "before line {}, column {}",
                                     bracket, closing, error.line, error.column));
    }
    return std::nullopt;
}

}  // namespace

std::string in_quotes(std::string_view value) {
    const bool special = value.find('\\') != std::string_view::npos || value.find('"') != std::string_view::npos;
    if (!special) return fmt::format("\"{}\"", value);
    std::string doubled;
    for (const char c : value) {
        if (c == '\'') doubled += '\'';
        doubled += c;
    }
    return fmt::format("'{}'", doubled);
}

SyntaxError explain(std::string_view text, SyntaxError error) {
    const std::string_view line = line_of(text, error.line);
    if (has(error.message, "unknown escape character") ||
        has(error.message, "bad character found while scanning hex") || has(error.message, "invalid unicode")) {
        return SyntaxError{backslash_hint(line, error.column), error.line, error.column};
    }
    if (has(error.message, "referenced anchor") || has(error.message, "alias")) {
        const std::size_t star = line.find('*', error.column > 1 ? static_cast<std::size_t>(error.column - 1) : 0);
        const std::size_t begin = star == std::string_view::npos ? line.find('*') : star;
        const std::string_view value = begin == std::string_view::npos ? "*" : plain_value(line, begin);
        return SyntaxError{fmt::format("a value that begins with * must stand in quotes: write {}", suggested(value)),
                           error.line, begin == std::string_view::npos ? error.column : static_cast<int>(begin) + 1};
    }
    if (has(error.message, "anchor")) {
        return SyntaxError{"a value that begins with & must stand in quotes; anchors are not supported", error.line,
                           error.column};
    }
    if (has(error.message, "tag")) {
        return SyntaxError{"a value that begins with ! must stand in quotes; YAML tags are not supported", error.line,
                           error.column};
    }
    if (const auto tab = tab_indented_line(text, error.line)) {
        return SyntaxError{fmt::format("line {} is indented with a tab; use spaces", *tab), *tab, 1};
    }

    const Scan scan = Scanner(text).run(error.line);
    if (auto bracket = explain_bracket(text, error, scan)) return *bracket;
    if (has(error.message, "EOF in scalar")) {
        const Scan whole = Scanner(text).run(error.line + 1);
        const std::string words = "the quote that opens here is never closed";
        return whole.open_quote ? at(*whole.open_quote, words) : SyntaxError{words, error.line, error.column};
    }
    if (has(error.message, "unknown token")) {
        const std::size_t begin = error.column > 0 ? static_cast<std::size_t>(error.column - 1) : 0;
        const std::string_view value = plain_value(line, begin);
        return SyntaxError{fmt::format("a value that begins with {} must stand in quotes: write {}", value.substr(0, 1),
                                       suggested(value)),
                           error.line, error.column};
    }
    if (has(error.message, "illegal map value")) return SyntaxError{colon_hint(line), error.line, error.column};
    if (has(error.message, "illegal flow end"))
        return SyntaxError{"a } or ] closes nothing here; a text with brackets must stand in quotes", error.line,
                           error.column};
    if (has(error.message, "end of map not found") || has(error.message, "end of sequence not found")) {
        return SyntaxError{
            "this line does not fit the ones above: check its indentation, and that the line above has its key, colon "
            "and quotes",
            error.line, error.column};
    }
    if (has(error.message, "block entry")) {
        return SyntaxError{"a list entry (\"- \") is not expected here: check the indentation", error.line,
                           error.column};
    }
    return SyntaxError{"not YAML: " + error.message, error.line, error.column};
}

}  // namespace culvert::config
