// A dial for a loop: runs on a thread of its own, answers on the loop. Loop thread only.
#pragma once

#include <functional>
#include <memory>
#include <thread>

#include "common/net/dial.h"
#include "common/net/loop.h"

namespace culvert::net {

class AsyncDial {
  public:
    // `memory` is shared by all dials of the process and outlives them.
    AsyncDial(Loop& loop, CredentialMemory& memory);
    ~AsyncDial();  // cancels and joins; no callback comes afterwards
    AsyncDial(const AsyncDial&) = delete;
    AsyncDial& operator=(const AsyncDial&) = delete;

    // One at a time: not while busy().
    void start(DialRequest request, std::function<void(DialResult)> done);
    void cancel();  // `done` is not called
    bool busy() const { return pending_ != nullptr; }

  private:
    struct Pending;

    Loop& loop_;
    CredentialMemory& memory_;
    std::shared_ptr<Pending> pending_;  // of the dial in flight; the answer is dropped once it is gone
    std::jthread thread_;
};

}  // namespace culvert::net
