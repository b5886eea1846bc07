#include "controller/cli/render/paragraph.h"

#include <algorithm>

namespace culvert::cli::render {
namespace {

constexpr std::size_t kIndent = 9;

}  // namespace

std::string paragraph(std::string_view heading, const std::vector<std::string>& parts, std::string_view between,
                      const TextStyle& style) {
    std::string out = std::string(heading) + std::string(kIndent - std::min(kIndent, heading.size()), ' ');
    std::size_t used = kIndent;
    bool first = true;
    for (const std::string& part : parts) {
        const std::size_t width = width_of(part);
        const std::size_t gap = width_of(between);
        if (!first && used + gap + width > style.width) {
            out += "\n" + std::string(kIndent, ' ');
            used = kIndent;
        } else if (!first) {
            out += between;
            used += gap;
        }
        out += part;
        used += width;
        first = false;
    }
    return out + "\n";
}

}  // namespace culvert::cli::render
