#include "controller/cli/render/table.h"

#include <algorithm>
#include <numeric>

#include "common/base/check.h"

namespace culvert::cli::render {
namespace {

constexpr std::size_t kNarrowestName = 12;

std::string padded(const std::string& text, std::size_t width, Column::Side side) {
    const std::size_t have = width_of(text);
    const std::string blanks(have < width ? width - have : 0, ' ');
    return side == Column::Side::Left ? text + blanks : blanks + text;
}

std::string without_trailing_blanks(std::string line) {
    while (!line.empty() && line.back() == ' ') line.pop_back();
    return line;
}

}  // namespace

void Table::add(std::vector<Cell> row) {
    CULVERT_CHECK(row.size() == columns_.size());
    for (Cell& cell : row) cell.text = one_line(cell.text);
    rows_.push_back(std::move(row));
}

std::vector<std::size_t> Table::columns_that_fit(const std::vector<std::size_t>& widths, std::size_t width) const {
    std::vector<std::size_t> shown(columns_.size());
    std::iota(shown.begin(), shown.end(), std::size_t{0});
    const auto total = [&] {
        std::size_t sum = 0;
        for (const std::size_t i : shown) sum += widths[i] + (i == shown.front() ? 0 : columns_[i].gap);
        return sum;
    };
    while (total() > width) {
        const auto least = std::max_element(shown.begin(), shown.end(), [&](std::size_t a, std::size_t b) {
            return columns_[a].drop < columns_[b].drop;
        });
        if (columns_[*least].drop == 0) break;
        shown.erase(least);
    }
    return shown;
}

std::string Table::render(const TextStyle& style) const {
    std::vector<std::size_t> widths;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        std::size_t widest = width_of(columns_[i].title);
        for (const auto& row : rows_) widest = std::max(widest, width_of(row[i].text));
        widths.push_back(widest);
    }
    const std::vector<std::size_t> shown = columns_that_fit(widths, style.width);
    std::size_t total = 0;
    for (const std::size_t i : shown) total += widths[i] + (i == shown.front() ? 0 : columns_[i].gap);
    std::size_t& name = widths[shown.front()];
    if (total > style.width) name = std::max(kNarrowestName, name - std::min(name, total - style.width));

    const auto line = [&](const auto& cell_of) {
        std::string out;
        for (const std::size_t i : shown) {
            if (i != shown.front()) out += std::string(columns_[i].gap, ' ');
            const Cell cell = cell_of(i);
            std::string text = padded(clipped(cell.text, widths[i]), widths[i], columns_[i].side);
            // Blanks stay outside of the colour, so that the end of a line can be trimmed.
            const bool last = i == shown.back();
            if (last) text = without_trailing_blanks(std::move(text));
            out += paint(text, cell.tone, style);
        }
        return without_trailing_blanks(std::move(out)) + "\n";
    };
    std::string out = line([&](std::size_t i) { return Cell(columns_[i].title, Tone::Dim); });
    for (const auto& row : rows_) out += line([&](std::size_t i) { return row[i]; });
    return out;
}

}  // namespace culvert::cli::render
