// Wakes a worker out of its wait.
#pragma once

#include "common/base/result.h"

namespace culvert::agent::worker {

class WakeSignal {
  public:
    static Result<WakeSignal> make();
    WakeSignal(WakeSignal&& other) noexcept;
    WakeSignal& operator=(WakeSignal&&) = delete;
    ~WakeSignal();

    void raise() const;  // any thread
    void clear() const;  // the worker
    int fd() const { return fd_; }

  private:
    explicit WakeSignal(int fd) : fd_(fd) {}
    int fd_ = -1;
};

}  // namespace culvert::agent::worker
