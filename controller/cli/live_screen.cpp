#include "controller/cli/live_screen.h"

#include <algorithm>

namespace culvert::cli {
namespace {

std::string first_lines(const std::string& text, std::size_t lines) {
    std::size_t end = 0;
    for (std::size_t line = 0; line < lines && end < text.size(); ++line) {
        const std::size_t next = text.find('\n', end);
        if (next == std::string::npos) return text + "\n";
        end = next + 1;
    }
    return text.substr(0, end);
}

}  // namespace

std::string redraw(const std::string& picture, std::size_t standing, std::size_t rows) {
    std::string out;
    if (standing > 0) out += "\x1b[" + std::to_string(standing) + "A";
    // The cursor's own line is needed too, or the first line scrolls away and the next redraw begins too high.
    return out + "\r\x1b[J" + first_lines(picture, rows > 1 ? rows - 1 : 1);
}

std::size_t rows_of(const std::string& picture, std::size_t columns) {
    std::size_t rows = 0;
    for (std::size_t at = 0; at < picture.size();) {
        const std::size_t end = std::min(picture.find('\n', at), picture.size());
        const std::size_t width = render::width_of(std::string_view(picture).substr(at, end - at));
        rows += std::max<std::size_t>(1, (width + columns - 1) / std::max<std::size_t>(1, columns));
        at = end + 1;
    }
    return rows;
}

void LiveScreen::draw(const std::string& picture, const Terminal& terminal) {
    const std::string bytes = redraw(picture, rows_of(standing_, terminal.style.width), terminal.rows);
    std::fwrite(bytes.data(), 1, bytes.size(), out_);
    std::fflush(out_);
    standing_ = first_lines(picture, terminal.rows > 1 ? terminal.rows - 1 : 1);
}

}  // namespace culvert::cli
