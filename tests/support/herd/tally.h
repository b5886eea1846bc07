// The account of a herd of links: how many are up, and what each outage cost. Pure: time is given.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "common/base/clock.h"
#include "common/base/units.h"

namespace culvert::test {

// All links are up again.
struct Comeback {
    int outage = 0;                                              // 0: the first arrival
    std::size_t went_down = 0;                                   // links that had to come back, each counted once
    Duration took{};                                             // from the first link that went down until all were up
    std::uint64_t attempts = 0;                                  // to connect, also those that failed
    Duration handshake_p50{}, handshake_p99{}, handshake_max{};  // of the attempts that got through
};

class Tally {
  public:
    // All links are down and try to come up.
    Tally(std::size_t links, SteadyTime now) : links_(links), began_(now), went_down_(links) {}

    // A link that is down could not come up, and will try again.
    void failed() { ++attempts_; }
    // A link that was up is not any more.
    void went(SteadyTime now);
    // A link is up, `handshake` after its last attempt began. The account of the outage, if it was the last one
    // missing.
    std::optional<Comeback> came(Duration handshake, SteadyTime now);

    std::size_t links() const { return links_; }
    std::size_t up() const { return up_; }

  private:
    std::size_t links_;
    std::size_t up_ = 0;
    // Of the outage that goes on, or was the last one.
    int outage_ = 0;
    SteadyTime began_;
    std::size_t went_down_;
    std::uint64_t attempts_ = 0;
    std::vector<Duration> handshakes_;
};

}  // namespace culvert::test
