#include "agent/cli/checklist.h"

#include <algorithm>
#include <utility>

namespace culvert::agent::cli {
namespace {

constexpr std::size_t kStepWidth = 12;
constexpr std::size_t kLongestLine = 2'000;

// A relay's or proxy's words may stand in it: nothing that drives the terminal, and no second line.
std::string printable(std::string_view text) {
    std::string out(text.substr(0, kLongestLine));
    std::replace_if(
        out.begin(), out.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
    return out;
}

}  // namespace

void Checklist::passed(std::string_view step, std::string_view detail) {
    line("✓", step, detail);
}
void Checklist::failed(std::string_view step, std::string_view why) {
    line("✗", step, why);
}
void Checklist::noted(std::string_view step, std::string_view what) {
    line("!", step, what);
}

void Checklist::waiting(std::string_view step, std::string_view for_what) {
    if (for_what == last_waiting_) return;
    last_waiting_ = for_what;
    line("…", step, for_what);
}

void Checklist::line(std::string_view mark, std::string_view step, std::string_view text) {
    std::string out(mark);
    out += ' ';
    out += step;
    if (!text.empty()) {
        out.append(step.size() < kStepWidth ? kStepWidth - step.size() : 1, ' ');
        out += printable(text);
    }
    print_(out);
}

}  // namespace culvert::agent::cli
