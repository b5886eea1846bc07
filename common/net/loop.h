// One thread, one loop: libuv behind one door. Everything of a node's tunnel, and everything of a relay thread, lives
// on one Loop.
#pragma once

#include <functional>
#include <memory>

#include "common/base/clock.h"
#include "common/base/units.h"

struct uv_loop_s;

namespace culvert::net {

class Loop {
  public:
    // Destroying a Timer or Watch cancels it; no callback comes afterwards. Loop thread only.
    class Timer {
      public:
        virtual ~Timer() = default;
    };
    class Watch {
      public:
        virtual ~Watch() = default;
        virtual void set(bool readable, bool writable) = 0;
    };

    Loop();
    ~Loop();  // every Timer and Watch must be gone
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

    // Runs callbacks on the calling thread until stop().
    void run();
    // Any thread, and from signal callbacks.
    void stop();
    // Any thread. Runs `task` on the loop's thread, in order; never inline.
    void post(std::function<void()> task);

    [[nodiscard]] std::unique_ptr<Timer> after(Duration delay, std::function<void()> fire);
    [[nodiscard]] std::unique_ptr<Timer> every(Duration period, std::function<void()> fire);
    [[nodiscard]] std::unique_ptr<Watch> watch(int fd, std::function<void(bool readable, bool writable)> ready);
    [[nodiscard]] std::unique_ptr<Watch> on_signal(int signal_number, std::function<void()> arrived);

    // CULVERT_CHECKs that the caller is on the loop's thread (or that the loop does not run yet).
    void check_on_thread() const;
    const Clock& clock() const;
    uv_loop_s* native();  // for libwebsockets' foreign loop, within common/net and tunnel/relay's server only

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace culvert::net
