#include <fmt/format.h>

#include "common/base/text.h"
#include "controller/roster/roster.h"

namespace culvert::roster {
namespace {

constexpr std::size_t kMostTerms = 100;

Result<workload::Selector::Term> parse_term(std::string_view text) {
    const std::size_t equals = text.find('=');
    const std::string shown = excerpt(text, 60);
    if (equals == std::string_view::npos)
        return fail(Code::InvalidInput, fmt::format("\"{}\" is no selector; write label=value or label!=value", shown));
    const bool negated = equals > 0 && text[equals - 1] == '!';
    const std::string_view label = trim(text.substr(0, equals - (negated ? 1 : 0)));
    const std::string_view value = trim(text.substr(equals + 1));
    if (label.empty()) return fail(Code::InvalidInput, fmt::format("\"{}\" names no label; write label=value", shown));
    if (value.empty())
        return fail(Code::InvalidInput, fmt::format("\"{}\" has no value; write {}=value", shown, excerpt(label, 40)));
    if (value.find('=') != std::string_view::npos)
        return fail(Code::InvalidInput,
                    fmt::format("\"{}\" has two \"=\"; write label=value, and commas between several", shown));
    return workload::Selector::Term{std::string(label), std::string(value), negated};
}

}  // namespace

Result<workload::Selector> parse_selector(std::string_view text) {
    workload::Selector selector;
    if (trim(text).empty()) return selector;
    for (const std::string_view part : split(text, ',')) {
        if (selector.terms.size() >= kMostTerms)
            return fail(Code::InvalidInput, fmt::format("a selector has at most {} parts", kMostTerms));
        auto term = parse_term(trim(part));
        if (!term) return tl::unexpected(term.error());
        selector.terms.push_back(std::move(*term));
    }
    return selector;
}

std::string selector_text(const workload::Selector& selector) {
    std::string text;
    for (const workload::Selector::Term& term : selector.terms) {
        text += fmt::format("{}{}{}{}", text.empty() ? "" : ",", term.label, term.negated ? "!=" : "=", term.value);
    }
    return text;
}

workload::Labels labels_with_name(const std::string& name, const workload::Labels& labels) {
    workload::Labels all = labels;
    all.emplace("name", name);
    return all;
}

}  // namespace culvert::roster
