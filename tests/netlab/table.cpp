#include "table.h"

#include <fstream>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "check.h"
#include "lab.h"

namespace culvert::netlab {
namespace {

constexpr std::string_view kBegin = "<!-- netlab -->\n", kEnd = "<!-- /netlab -->\n";

std::string_view verdict(Outcome::State state) {
    switch (state) {
        case Outcome::State::Passed:
            return "pass";
        case Outcome::State::Failed:
            return "FAIL";
        case Outcome::State::Skipped:
            return "skipped";
    }
    return {};
}

}  // namespace

std::string to_markdown(const std::vector<Row>& rows) {
    std::string out =
        "| case | mode | what | scheme | proxy | transport | online after | intervals: lost | result |\n"
        "|---|---|---|---|---|---|---|---|---|\n";
    for (const auto& [row, outcome] : rows) {
        out += fmt::format(
            "| {} | {} | {} | {} | {} | {} | {} | {} | {} |\n", row.name, fmt::join(row.modes, ", "),
            outcome.note.empty() ? row.title : row.title + ". " + outcome.note, row.scheme, row.proxy,
            outcome.transport.empty() ? "–" : outcome.transport, outcome.online ? rounded(*outcome.online) : "–",
            outcome.intervals ? fmt::format("{}: {}", *outcome.intervals, outcome.lost.value_or(0)) : "–",
            verdict(outcome.state));
    }
    return out;
}

Status write_table(const std::filesystem::path& file, const std::vector<Row>& rows) {
    std::string text = read_text(file);
    const std::size_t begin = text.find(kBegin), end = text.find(kEnd);
    const std::string table = fmt::format("{}{}{}", kBegin, to_markdown(rows), kEnd);
    if (begin != std::string::npos && end != std::string::npos && begin < end) {
        text.replace(begin, end + kEnd.size() - begin, table);
    } else {
        text += (text.empty() ? "" : "\n") + table;
    }
    std::ofstream out(file);
    out << text;
    out.close();
    if (!out) return fail(Code::InvalidInput, "cannot write " + file.string());
    return {};
}

}  // namespace culvert::netlab
