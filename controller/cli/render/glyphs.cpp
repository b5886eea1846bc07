#include "controller/cli/render/glyphs.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace culvert::cli::render {

std::string progress_bar(double share, std::size_t width) {
    const double filled = std::clamp(share, 0.0, 1.0) * static_cast<double>(width);
    const auto whole = static_cast<std::size_t>(filled);
    std::string bar;
    for (std::size_t i = 0; i < width; ++i) {
        if (i < whole) {
            bar += "━";
        } else if (i == whole && filled - static_cast<double>(whole) >= 0.25) {
            bar += "╸";
        } else {
            bar += "─";
        }
    }
    return bar;
}

std::string spark_line(const std::vector<std::optional<double>>& values, double highest) {
    static constexpr std::array kSteps{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    std::string line;
    for (const auto& value : values) {
        if (!value) {
            line += ' ';
            continue;
        }
        const double share = highest <= 0 ? 0 : *value / highest;
        const auto step = static_cast<std::size_t>(std::lround(std::clamp(share, 0.0, 1.0) * (kSteps.size() - 1)));
        line += kSteps[step];
    }
    return line;
}

}  // namespace culvert::cli::render
