// What is known of the place where text goes.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "controller/cli/render/text_style.h"

namespace culvert::cli {

struct OutputOptions;

using Environment = std::function<std::optional<std::string>(const std::string&)>;
Environment process_environment();

struct Terminal {
    bool interactive = false;  // a terminal that can be redrawn
    std::size_t rows = 24;
    render::TextStyle style;
};

// Colours only on a terminal, not with a NO_COLOR that is not empty or TERM=dumb; ASCII unless LC_ALL, LC_CTYPE or LANG
// (the first that is set) says UTF-8.
Terminal terminal_of(bool is_terminal, std::optional<std::size_t> columns, const Environment& environment);
// Of this process's stderr or stdout, as they are now.
Terminal stderr_terminal();
Terminal stdout_terminal();
// How to write there: without colours when the command was told so.
render::TextStyle stderr_style(const OutputOptions& options);
render::TextStyle stdout_style(const OutputOptions& options);

}  // namespace culvert::cli
