#include "template_text.h"

#include <fmt/format.h>

namespace culvert::netlab {
namespace {

constexpr int kDeepest = 8;

Result<std::string> expand_at(std::string_view text, const Variables& variables, int depth) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t open = text.find("${", at);
        out += text.substr(at, open - at);
        if (open == std::string_view::npos) break;
        const std::size_t close = text.find('}', open);
        if (close == std::string_view::npos) return fail(Code::InvalidInput, "a \"${\" without \"}\"");
        const std::string name(text.substr(open + 2, close - open - 2));
        const auto found = variables.find(name);
        if (found == variables.end()) return fail(Code::InvalidInput, fmt::format("${{{}}} is not defined", name));
        if (depth == kDeepest) return fail(Code::InvalidInput, fmt::format("${{{}}} leads back to itself", name));
        const auto value = expand_at(found->second, variables, depth + 1);
        if (!value) return value;
        out += *value;
        at = close + 1;
    }
    return out;
}

}  // namespace

Result<std::string> expand(std::string_view text, const Variables& variables) {
    return expand_at(text, variables, 0);
}

}  // namespace culvert::netlab
