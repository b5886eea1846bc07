#include "tunnel/pac/complaint.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <vector>

#include "common/base/text.h"

namespace culvert::tunnel::pac {
namespace {

constexpr std::size_t kLongestShown = 160;
constexpr std::string_view kPlace = "PAC script:";  // "JSERROR: PAC script:3:\n    SyntaxError: missing ; before …"

std::optional<std::size_t> line_of(std::string_view complaint) {
    std::size_t at = complaint.find(kPlace);
    if (at == std::string_view::npos) return std::nullopt;
    std::size_t line = 0;
    for (at += kPlace.size(); at < complaint.size() && complaint[at] >= '0' && complaint[at] <= '9' && line < 1'000'000;
         ++at)
        line = line * 10 + static_cast<std::size_t>(complaint[at] - '0');
    return line == 0 ? std::nullopt : std::optional(line);
}

// The line below the place.
std::string cause_of(std::string_view complaint) {
    const std::size_t place = complaint.find(kPlace);
    const std::size_t begin = complaint.find('\n', place == std::string_view::npos ? complaint.size() : place);
    if (begin == std::string_view::npos) return excerpt(trim(complaint), kLongestShown);
    const std::size_t end = std::min(complaint.find('\n', begin + 1), complaint.size());
    return excerpt(trim(complaint.substr(begin, end - begin)), kLongestShown);
}

bool has_word(std::string_view line, std::string_view word) {
    const auto joins = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '$'; };
    for (std::size_t at = line.find(word); at != std::string_view::npos; at = line.find(word, at + 1)) {
        const bool begins = at == 0 || !joins(line[at - 1]);
        const std::size_t end = at + word.size();
        if (begins && (end == line.size() || !joins(line[end]))) return true;
    }
    return false;
}

// The newer JavaScript in one line; empty: none.
std::string modern_syntax(std::string_view line) {
    if (line.find("=>") != std::string_view::npos) return "=>";
    if (line.find('`') != std::string_view::npos) return "`…`";
    if (line.find("...") != std::string_view::npos) return "...";
    for (const std::string_view word : {"let", "class", "async", "await"}) {
        if (has_word(line, word)) return std::string(word);
    }
    return {};
}

}  // namespace

std::string explain_complaint(std::string_view complaint, std::string_view script) {
    if (script.substr(0, script.find_first_not_of(" \t\r\n\xef\xbb\xbf") + 1).ends_with('<'))
        return "is a web page and not a PAC script; is the address right?";
    if (complaint.find("FindProxyForURL not defined") != std::string_view::npos &&
        complaint.find("JSERROR") == std::string_view::npos)
        return "defines no function FindProxyForURL(url, host)";
    const std::string cause = cause_of(complaint);
    const std::optional<std::size_t> number = line_of(complaint);
    const std::string place = number ? "line " + std::to_string(*number) + ": " : "";
    if (!number || cause.find("SyntaxError") == std::string::npos) return place + cause;
    const std::vector<std::string_view> lines = split(script, '\n');
    const std::string modern = *number <= lines.size() ? modern_syntax(lines[*number - 1]) : std::string();
    if (modern.empty()) return place + cause;
    return place + cause + ": " + modern +
           " is newer JavaScript than PAC engines of this kind read (ECMAScript 3 of 1999); write var and function "
           "instead";
}

}  // namespace culvert::tunnel::pac
