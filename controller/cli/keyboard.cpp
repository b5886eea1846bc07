#include "controller/cli/keyboard.h"

#include <atomic>
#include <csignal>

#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include "common/base/check.h"

namespace culvert::cli {
namespace {

// What a signal handler may touch: set before the handlers are, and never freed.
std::atomic<int> g_descriptor{-1};
termios g_before{};

constexpr int kEndingSignals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGABRT};

void give_back() {
    const int descriptor = g_descriptor.load();
    if (descriptor >= 0) ::tcsetattr(descriptor, TCSANOW, &g_before);
}

// The signal was to end the process, and still does.
extern "C" void culvert_restore_terminal(int signal) {
    give_back();
    ::signal(signal, SIG_DFL);
    ::raise(signal);
}

void handle_ending_signals() {
    for (const int number : kEndingSignals) {
        struct sigaction present {};
        if (::sigaction(number, nullptr, &present) != 0 || present.sa_handler != SIG_DFL) continue;
        struct sigaction restoring {};
        restoring.sa_handler = culvert_restore_terminal;
        ::sigemptyset(&restoring.sa_mask);
        ::sigaction(number, &restoring, nullptr);
    }
}

void leave_ending_signals() {
    for (const int number : kEndingSignals) {
        struct sigaction present {};
        if (::sigaction(number, nullptr, &present) == 0 && present.sa_handler == culvert_restore_terminal)
            ::signal(number, SIG_DFL);
    }
}

bool take_single_keys(int descriptor) {
    termios raw = g_before;
    raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    raw.c_cc[VMIN] = 0;
    raw.c_cc[VTIME] = 0;
    return ::tcsetattr(descriptor, TCSANOW, &raw) == 0;
}

}  // namespace

std::unique_ptr<Keyboard> Keyboard::open(int descriptor) {
    CULVERT_CHECK(g_descriptor.load() < 0);
    std::unique_ptr<Keyboard> keyboard(new Keyboard(descriptor));
    if (::isatty(descriptor) != 1 || !keyboard->in_foreground() || ::tcgetattr(descriptor, &g_before) != 0)
        return nullptr;
    g_descriptor = descriptor;
    handle_ending_signals();
    if (take_single_keys(descriptor)) return keyboard;
    return nullptr;
}

Keyboard::~Keyboard() {
    if (g_descriptor.load() != descriptor_) return;
    if (in_foreground()) give_back();
    leave_ending_signals();
    g_descriptor = -1;
}

bool Keyboard::in_foreground() const {
    return ::tcgetpgrp(descriptor_) == ::getpgrp();
}

std::string Keyboard::typed() {
    if (!in_foreground()) return "";
    termios now{};
    if (::tcgetattr(descriptor_, &now) == 0 && (now.c_lflag & ICANON) != 0) take_single_keys(descriptor_);
    std::string keys;
    char block[64];
    pollfd readable{descriptor_, POLLIN, 0};
    while (::poll(&readable, 1, 0) == 1 && (readable.revents & POLLIN) != 0) {
        const ssize_t got = ::read(descriptor_, block, sizeof block);
        if (got <= 0) break;
        keys.append(block, static_cast<std::size_t>(got));
    }
    return keys;
}

}  // namespace culvert::cli
