#include "controller/cli/live_terminal.h"

#include <cstdint>

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/base/check.h"

namespace culvert::cli {

bool press_keys(std::string_view keys, render::LiveLayout& layout) {
    for (const char key : keys) {
        if (key == '\x1b') return false;  // the beginning of a sequence, such as that of an arrow
        if (key == 'd') layout.details = !layout.details;
        if (key == '?') layout.help = !layout.help;
        if (key == 'q') return true;
    }
    return false;
}

LiveTerminal::LiveTerminal(Settings settings)
    : settings_(std::move(settings)),
      wake_up_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      keyboard_(settings_.keys_from < 0 ? nullptr : Keyboard::open(settings_.keys_from)),
      screen_(settings_.out) {
    CULVERT_CHECK(wake_up_ >= 0);
    layout_.keyboard = keyboard_ != nullptr;
    layout_.quit = layout_.keyboard ? settings_.quit_with_keys : settings_.quit_without_keys;
    thread_ = std::thread([this] { run(); });
}

LiveTerminal::~LiveTerminal() {
    stopping_ = true;
    wake();
    thread_.join();
    ::close(wake_up_);
}

void LiveTerminal::show(run::RunView view) {
    // Full: the thread is stuck in a terminal that was stopped (Ctrl-S), and will find newer views when it goes on.
    [[maybe_unused]] const bool taken = views_.try_send(std::move(view));
}

void LiveTerminal::wake() const {
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(wake_up_, &one, sizeof one);
}

void LiveTerminal::run() {
    while (!stopping_) {
        pollfd ready[2]{{wake_up_, POLLIN, 0}, {keyboard_ ? keyboard_->descriptor() : -1, POLLIN, 0}};
        ::poll(ready, 2, kLookEveryMs);
        std::uint64_t count = 0;
        [[maybe_unused]] const ssize_t taken = ::read(wake_up_, &count, sizeof count);
        // A terminal that has gone is readable for ever.
        if ((ready[1].revents & (POLLHUP | POLLERR | POLLNVAL)) != 0) keyboard_.reset();
        if (keyboard_ && ready[1].revents != 0) hear_keys();
        if (take_views() || resized()) draw();
    }
    if (take_views() || layout_.help) {
        layout_.help = false;
        draw();
    }
    screen_.leave();
}

void LiveTerminal::hear_keys() {
    const render::LiveLayout before = layout_;
    const bool quit = press_keys(keyboard_->typed(), layout_);
    if (before != layout_) draw();
    if (quit && settings_.quit) settings_.quit();
}

bool LiveTerminal::take_views() {
    auto views = views_.drain();
    if (views.empty()) return false;
    view_ = std::move(views.back());
    return true;
}

bool LiveTerminal::resized() {
    const Terminal now = settings_.terminal();
    return view_ && (now.style.width != columns_ || now.rows != rows_);
}

void LiveTerminal::draw() {
    if (!view_) return;
    const Terminal terminal = settings_.terminal();
    columns_ = terminal.style.width;
    rows_ = terminal.rows;
    layout_.rows = terminal.rows;
    render::LiveLayout layout = layout_;
    if (view_->over()) layout.quit.clear(), layout.keyboard = layout.help = false;
    screen_.draw(render::live_view(*view_, layout, terminal.style), terminal);
}

}  // namespace culvert::cli
