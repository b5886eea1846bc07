// The only way values pass between threads: a bounded queue that is moved into and drained by its one owner.
#pragma once

#include <cstddef>
#include <functional>
#include <mutex>
#include <utility>
#include <vector>

namespace culvert {

template <class T>
class Mailbox {
  public:
    // `wake` is called after the queue went from empty to non-empty, on the sending thread; it must be thread-safe
    // (Loop::wake).
    Mailbox(std::size_t capacity, std::function<void()> wake) : capacity_(capacity), wake_(std::move(wake)) {}
    Mailbox(const Mailbox&) = delete;
    Mailbox& operator=(const Mailbox&) = delete;

    // Any thread. False when full: the value is untouched and the caller decides (drop and count, or stop producing).
    [[nodiscard]] bool try_send(T&& value) {
        bool was_empty = false;
        {
            const std::lock_guard lock(mutex_);
            if (queue_.size() >= capacity_) return false;
            was_empty = queue_.empty();
            queue_.push_back(std::move(value));
        }
        if (was_empty && wake_) wake_();
        return true;
    }

    // Owner thread only. Everything sent so far, in order.
    std::vector<T> drain() {
        std::vector<T> taken;
        const std::lock_guard lock(mutex_);
        taken.swap(queue_);
        return taken;
    }

  private:
    const std::size_t capacity_;
    const std::function<void()> wake_;
    std::mutex mutex_;
    std::vector<T> queue_;
};

}  // namespace culvert
