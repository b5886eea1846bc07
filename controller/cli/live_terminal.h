// The live view on a thread of its own: draws what it is given, hears keys, and draws again when a key or the size of
// the terminal asks for it.
#pragma once

#include <atomic>
#include <cstdio>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <thread>

#include "common/base/mailbox.h"
#include "controller/cli/keyboard.h"
#include "controller/cli/live_screen.h"
#include "controller/cli/render/live_view.h"
#include "controller/cli/terminal.h"

namespace culvert::cli {

// What the keys do to the layout; true: quit was asked for. Arrows and other sequences of keys do nothing.
bool press_keys(std::string_view keys, render::LiveLayout& layout);

class LiveTerminal {
  public:
    struct Settings {
        std::FILE* out = stderr;
        int keys_from = -1;                  // descriptor of a terminal; keys are heard if it is one
        std::function<Terminal()> terminal;  // as it is now; asked on the thread
        std::string quit_with_keys;          // what q does
        std::string quit_without_keys;       // the last line where no keys are heard
        std::function<void()> quit;          // called on the thread
    };

    explicit LiveTerminal(Settings settings);
    // Draws the last view it was given; it stays on the screen.
    ~LiveTerminal();
    LiveTerminal(const LiveTerminal&) = delete;
    LiveTerminal& operator=(const LiveTerminal&) = delete;

    // Any thread. Of views that come faster than they are drawn the last counts.
    void show(run::RunView view);

  private:
    static constexpr std::size_t kMostWaiting = 64;
    static constexpr int kLookEveryMs = 200;  // at the size of the terminal

    void run();
    void hear_keys();
    void draw();
    bool take_views();
    bool resized();
    void wake() const;

    const Settings settings_;
    int wake_up_ = -1;
    Mailbox<run::RunView> views_{kMostWaiting, [this] { wake(); }};
    std::atomic<bool> stopping_{false};

    // On the thread.
    std::unique_ptr<Keyboard> keyboard_;
    LiveScreen screen_;
    render::LiveLayout layout_;
    std::optional<run::RunView> view_;
    std::size_t columns_ = 0, rows_ = 0;

    std::thread thread_;
};

}  // namespace culvert::cli
