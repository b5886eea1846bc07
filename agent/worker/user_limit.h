// How many users may be alive on this agent, over all scenarios and threads: the charter's word, or a bound of our own.
#pragma once

#include <atomic>
#include <cstdint>

namespace culvert::agent::worker {

// Any thread.
class UserLimit {
  public:
    static constexpr std::uint64_t kMostUsers =
        200'000;  // without a charter's limit: about what memory and descriptors of one machine carry

    explicit UserLimit(std::uint64_t most) : most_(most) {}

    [[nodiscard]] bool try_add() {
        std::uint64_t alive = alive_.load(std::memory_order_relaxed);
        while (alive < most_) {
            if (alive_.compare_exchange_weak(alive, alive + 1, std::memory_order_relaxed)) return true;
        }
        return false;
    }
    void remove() { alive_.fetch_sub(1, std::memory_order_relaxed); }

  private:
    const std::uint64_t most_;
    std::atomic<std::uint64_t> alive_{0};
};

}  // namespace culvert::agent::worker
