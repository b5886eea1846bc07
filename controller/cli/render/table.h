// Columns that fit: the ones that matter least go first, then the first column is cut.
#pragma once

#include <string>
#include <vector>

#include "controller/cli/render/text_style.h"

namespace culvert::cli::render {

struct Column {
    enum class Side { Left, Right };
    std::string title;
    Side side = Side::Right;
    int drop = 0;         // 0: stays; else the highest goes first
    std::size_t gap = 3;  // columns between it and the one before
};

struct Cell {
    std::string text;
    Tone tone = Tone::Plain;

    Cell(std::string value, Tone how = Tone::Plain) : text(std::move(value)), tone(how) {}
    Cell(const char* value) : text(value) {}
};

class Table {
  public:
    explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

    // As many cells as there are columns.
    void add(std::vector<Cell> row);
    bool empty() const { return rows_.empty(); }
    // Title line and one line for each row, each ending in '\n' and without blanks at its end.
    std::string render(const TextStyle& style) const;

  private:
    std::vector<std::size_t> columns_that_fit(const std::vector<std::size_t>& widths, std::size_t width) const;

    std::vector<Column> columns_;
    std::vector<std::vector<Cell>> rows_;
};

}  // namespace culvert::cli::render
