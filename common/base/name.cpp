#include "common/base/name.h"

#include <fmt/format.h>

#include "common/base/text.h"

namespace culvert {
namespace {

bool is_letter_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

Status check(std::string_view text, std::string_view what, std::size_t longest) {
    if (text.empty()) return fail(Code::InvalidInput, fmt::format("{} is empty", what));
    if (text.size() > longest) {
        return fail(Code::InvalidInput, fmt::format("{} \"{}\" has {} characters; at most {} are possible", what,
                                                    excerpt(text, 24), text.size(), longest));
    }
    for (const char c : text) {
        if (is_letter_or_digit(c) || c == '.' || c == '_' || c == '-') continue;
        return fail(Code::InvalidInput, fmt::format("{} \"{}\" may hold letters, digits, '.', '_' and '-' only", what,
                                                    excerpt(text, longest)));
    }
    if (!is_letter_or_digit(text.front())) {
        return fail(Code::InvalidInput,
                    fmt::format("{} \"{}\" must begin with a letter or a digit", what, excerpt(text, longest)));
    }
    return {};
}

}  // namespace

Status check_name(std::string_view name, std::string_view what) {
    return check(name, what, kLongestName);
}
Status check_label_value(std::string_view value, std::string_view what) {
    return check(value, what, kLongestLabelValue);
}

}  // namespace culvert
