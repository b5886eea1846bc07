// Bars and sparks of text.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace culvert::cli::render {

// "━━━╸────" of `width` columns for a share of 0…1.
std::string progress_bar(double share, std::size_t width);
// One of ▁▂▃▄▅▆▇█ for each value, from 0 to `highest`; a blank where there is none.
std::string spark_line(const std::vector<std::optional<double>>& values, double highest);

}  // namespace culvert::cli::render
