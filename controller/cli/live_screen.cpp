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

void LiveScreen::draw(const std::string& picture, std::size_t rows) {
    const std::string bytes = redraw(picture, lines_, rows);
    std::fwrite(bytes.data(), 1, bytes.size(), out_);
    std::fflush(out_);
    lines_ = static_cast<std::size_t>(std::count(bytes.begin(), bytes.end(), '\n'));
}

}  // namespace culvert::cli
