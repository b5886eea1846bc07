// One direction of a tunnel: what is read on one end waits here, as long as the faults say, and is written to the
// other.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>

#include "common/base/clock.h"
#include "tests/support/fault_proxy/end.h"
#include "tests/support/fault_proxy/faults.h"

namespace culvert::test {

// One thread.
class Lane {
  public:
    enum class State { Open, Finished, Broken, Cut };  // Cut: `cut_after_bytes` have passed
    // What becomes of the bytes on their way; the default leaves them alone.
    using Transform = std::function<std::string(std::string_view bytes, const LaneFaults& faults)>;

    Lane(End& from, End& to, Transform transform) : from_(from), to_(to), transform_(std::move(transform)) {}

    // Reads what is there, writes what is due.
    State move(const LaneFaults& faults, SteadyTime now);
    // Goes to the receiver behind what already waits.
    void inject(std::string bytes, SteadyTime now);

    bool wants_to_read() const { return !ended_ && waiting_bytes_ < kMostWaiting; }
    bool wants_to_write() const { return blocked_; }
    std::uint64_t bytes() const { return read_; }

  private:
    static constexpr std::size_t kMostWaiting = 1 << 20;  // then it stops reading: the sender's TCP feels it
    struct Chunk {
        std::string bytes;
        SteadyTime due;
    };

    void read(const LaneFaults& faults, SteadyTime now);
    void take(std::string_view bytes, const LaneFaults& faults, SteadyTime now);
    void release(const LaneFaults& faults, SteadyTime now);
    bool write(const LaneFaults& faults, SteadyTime now);
    std::size_t allowance(const LaneFaults& faults, SteadyTime now);

    End& from_;
    End& to_;
    const Transform transform_;
    std::array<char, 16384> buffer_;
    std::string held_;
    std::optional<SteadyTime> held_since_;
    std::deque<Chunk> queue_;
    std::size_t waiting_bytes_ = 0;
    std::uint64_t read_ = 0;
    double budget_ = 0;  // of the bandwidth, in bytes
    std::optional<SteadyTime> budget_at_;
    bool ended_ = false;
    bool broken_ = false;
    bool cut_ = false;
    bool blocked_ = false;  // the receiver's buffer is full
};

}  // namespace culvert::test
