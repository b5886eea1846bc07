// A few lines of a terminal that are drawn again in place. The last picture is left standing: no alternate screen.
#pragma once

#include <cstddef>
#include <cstdio>
#include <string>

#include "controller/cli/terminal.h"

namespace culvert::cli {

class LiveScreen {
  public:
    // The file outlives the screen.
    explicit LiveScreen(std::FILE* out) : out_(out) {}

    // Replaces the picture. Lines end in '\n' and are no wider than the terminal; what does not fit into its rows is
    // left out at the end.
    void draw(const std::string& picture, const Terminal& terminal);
    // What is written next stands below the picture.
    void leave() { standing_.clear(); }

  private:
    std::FILE* const out_;
    std::string standing_;  // the picture that stands
};

// Rows that a picture covers on a terminal of so many columns: one that became narrower has wrapped its lines.
std::size_t rows_of(const std::string& picture, std::size_t columns);

// What draw() writes: up to the first of `standing` lines, clear, and the first `rows` - 1 lines of the picture.
std::string redraw(const std::string& picture, std::size_t standing, std::size_t rows);

}  // namespace culvert::cli
