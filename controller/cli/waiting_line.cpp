#include "controller/cli/waiting_line.h"

#include <cstdio>

#include "controller/cli/render/text_style.h"
#include "controller/cli/terminal.h"

namespace culvert::cli {
namespace {

constexpr const char* kClearWaitingLine = "\r\033[K";

// ", next try in 3 s" is another text each second and no news.
std::string without_countdown(std::string_view text) {
    return std::string(text.substr(0, text.rfind(", next try in ")));
}

void print_notice(const std::string& text) {
    if (text.empty()) return;
    std::fwrite(text.data(), 1, text.size(), stderr);
    std::fflush(stderr);
}

}  // namespace

std::string WaitingText::say(std::string_view text, std::size_t columns) {
    if (in_place_) {
        standing_ = true;
        return kClearWaitingLine + render::clipped(render::one_line(text), columns);
    }
    std::string news = without_countdown(text);
    if (news == told_) return "";
    told_ = std::move(news);
    return render::one_line(text) + "\n";
}

std::string WaitingText::clear() {
    if (!standing_) return "";
    standing_ = false;
    return kClearWaitingLine;
}

WaitingNotice::WaitingNotice(bool quiet) : quiet_(quiet), text_(stderr_terminal().interactive) {}

void WaitingNotice::say(const std::string& text) {
    if (!quiet_) print_notice(text_.say(text, stderr_terminal().style.width));
}

void WaitingNotice::clear() {
    print_notice(text_.clear());
}

}  // namespace culvert::cli
