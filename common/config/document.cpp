#include "common/config/document.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <tuple>

#include <fmt/format.h>

#include "common/base/units.h"

namespace culvert::config {

std::string to_string(const Problem& problem) {
    std::string out = problem.where.file;
    if (problem.where.line > 0) out += fmt::format(":{}:{}", problem.where.line, problem.where.column);
    if (!out.empty()) out += ": ";
    if (!problem.key.empty()) out += problem.key + ": ";
    return out + problem.message;
}

const Node* Node::find(std::string_view key) const {
    for (const Field& field : fields) {
        if (field.key == key) return &field.value;
    }
    return nullptr;
}

tl::expected<Node, Problems> parse_document(std::string file, std::string_view text) {
    Problems problems;
    std::optional<Node> root = parse_document(std::move(file), text, problems);
    if (!root || !problems.empty()) {
        sort_problems(problems);
        return tl::unexpected(std::move(problems));
    }
    return std::move(*root);
}

tl::expected<Node, Problems> load_document(const std::string& file) {
    const Result<std::string> text = load_text(file, kLargestDocument);
    if (!text) return tl::unexpected(Problems{Problem{Position{}, "", text.error().message}});
    return parse_document(file, *text);
}

Result<std::string> load_text(const std::string& file, std::size_t at_most) {
    std::error_code ignored;
    if (std::filesystem::is_directory(file, ignored))
        return fail(Code::InvalidInput, file + ": is a folder; name a file in it");
    errno = 0;
    std::ifstream stream(file, std::ios::binary);
    if (!stream) {
        const int cause = errno;
        const std::string why = cause == 0 ? "cannot be opened" : std::generic_category().message(cause);
        return fail(Code::InvalidInput, file + ": " + why);
    }
    std::string text;
    char block[64 * 1024];
    while (text.size() <= at_most) {
        stream.read(block, sizeof block);
        text.append(block, static_cast<std::size_t>(stream.gcount()));
        if (!stream) break;
    }
    if (stream.bad() || (stream.fail() && !stream.eof())) return fail(Code::InvalidInput, file + ": cannot be read");
    if (text.size() > at_most)
        return fail(Code::InvalidInput, fmt::format("{}: is larger than {}", file, to_string(Bytes{at_most})));
    return text;
}

void sort_problems(Problems& problems) {
    const auto place = [](const Problem& problem) {
        return std::tie(problem.where.file, problem.where.line, problem.where.column, problem.key, problem.message);
    };
    std::sort(problems.begin(), problems.end(),
              [&place](const Problem& a, const Problem& b) { return place(a) < place(b); });
    const auto equal = [&place](const Problem& a, const Problem& b) { return place(a) == place(b); };
    problems.erase(std::unique(problems.begin(), problems.end(), equal), problems.end());
}

}  // namespace culvert::config
