// One line on stderr that says what a command is waiting for. On a terminal it is replaced in place and goes away;
// elsewhere a line is written when there is something new to say.
#pragma once

#include <string>
#include <string_view>

namespace culvert::cli {

class WaitingText {
  public:
    explicit WaitingText(bool in_place) : in_place_(in_place) {}

    // What to write so that `text` is told; empty: nothing. `columns`: of the terminal.
    std::string say(std::string_view text, std::size_t columns);
    // What to write so that the line is gone.
    std::string clear();

  private:
    const bool in_place_;
    bool standing_ = false;
    std::string told_;  // without what counts down
};

// On stderr. `quiet`: says nothing.
class WaitingNotice {
  public:
    explicit WaitingNotice(bool quiet = false);
    ~WaitingNotice() { clear(); }
    WaitingNotice(const WaitingNotice&) = delete;
    WaitingNotice& operator=(const WaitingNotice&) = delete;

    void say(const std::string& text);
    // Before anything else is written.
    void clear();

  private:
    const bool quiet_;
    WaitingText text_;
};

}  // namespace culvert::cli
