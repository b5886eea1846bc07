// Single keys of the terminal, without Enter and without echo, while this object lives. Ctrl-C stays a signal. The
// terminal gets its mode back at the end, and also when a signal ends the process.
#pragma once

#include <memory>
#include <string>

namespace culvert::cli {

class Keyboard {
  public:
    // nullptr: not a terminal, or this process is not in its foreground. At most one lives at a time.
    static std::unique_ptr<Keyboard> open(int descriptor);
    ~Keyboard();
    Keyboard(const Keyboard&) = delete;
    Keyboard& operator=(const Keyboard&) = delete;

    int descriptor() const { return descriptor_; }
    // What was typed since, without waiting; nothing while the process is in the background. Takes single keys again
    // after the shell had the terminal (Ctrl-Z and fg).
    std::string typed();

  private:
    explicit Keyboard(int descriptor) : descriptor_(descriptor) {}
    bool in_foreground() const;

    const int descriptor_;
};

}  // namespace culvert::cli
