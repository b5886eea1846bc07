#include "common/workload/expression.h"

#include <algorithm>

#include <fmt/format.h>
#include <re2/re2.h>

#include "common/base/text.h"

namespace culvert::workload {
namespace {

constexpr std::size_t kLongestRegex = 4096;

}  // namespace

std::string json_pointer_problem(std::string_view pointer) {
    const std::string shown = excerpt(pointer, 60);
    if (pointer.substr(0, 1) == "$")
        return fmt::format("\"{}\" is JSONPath; write a JSON Pointer, for example /items/0/sku", shown);
    if (!pointer.empty() && pointer.front() != '/') return fmt::format("\"{0}\" is no JSON Pointer; write /{0}", shown);
    for (std::size_t i = 0; i < pointer.size(); ++i) {
        const bool escape =
            pointer[i] == '~' && (i + 1 == pointer.size() || (pointer[i + 1] != '0' && pointer[i + 1] != '1'));
        if (escape) return fmt::format("\"{}\": in a JSON Pointer ~ is written ~0 and / inside a name ~1", shown);
    }
    return "";
}

std::string header_name_problem(std::string_view name) {
    constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
    const auto allowed = [kMarks](char c) {
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        return letter || kMarks.find(c) != std::string_view::npos;
    };
    if (!name.empty() && std::all_of(name.begin(), name.end(), allowed)) return "";
    return fmt::format("\"{}\" is no name of a header; it has letters, digits and - only", excerpt(name, 60));
}

std::string regex_problem(const std::string& regex, int groups) {
    if (regex.size() > kLongestRegex) return fmt::format("is longer than {} bytes", kLongestRegex);
    const RE2 compiled(regex, RE2::Quiet);
    if (!compiled.ok())
        return fmt::format("\"{}\" is no regular expression: {} (RE2 syntax)", excerpt(regex, 60), compiled.error());
    if (regex.find("${") != std::string::npos)
        return "variables are not replaced in a regular expression; write \\$\\{ for the characters themselves";
    const int found = compiled.NumberOfCapturingGroups();
    if (groups < 0 || found == groups) return "";
    return fmt::format("\"{}\" has {} groups ( ); it needs {}, around what is to be taken; write (?: ) for the others",
                       excerpt(regex, 60), found, groups);
}

}  // namespace culvert::workload
