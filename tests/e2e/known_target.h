// Targets whose behaviour is known because they measure it themselves.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "common/base/clock.h"
#include "common/base/units.h"
#include "tests/support/http_origin.h"

namespace culvert::e2e {

// Durations, and their percentiles without any rounding. Any thread.
class Measured {
  public:
    void add(Duration duration);
    double percentile_ms(double percent) const;  // of rank ⌈percent/100 × count⌉
    double max_ms() const { return percentile_ms(100); }
    std::size_t count() const;

  private:
    mutable std::mutex mutex_;
    std::vector<Duration> durations_;
};

// Answers each request after the delay for its number, and keeps how long it really held it: from the last byte read to
// the first byte written.
class HoldingTarget {
  public:
    explicit HoldingTarget(std::function<Duration(unsigned number)> delay);
    const Measured& held() const { return held_; }
    test::HttpOrigin& origin() { return origin_; }

  private:
    const std::function<Duration(unsigned)> delay_;
    SystemClock clock_;
    std::atomic<unsigned> number_{0};
    Measured held_;
    test::HttpOrigin origin_;  // last: its threads use all of the above
};

// What this machine adds to any request now, whoever measures: a plain blocking client asks a target of its own every
// few milliseconds, on a schedule, and keeps the time from the intended start that the target did not hold it for.
class OverheadProbe {
  public:
    explicit OverheadProbe(Duration pause);
    ~OverheadProbe();
    const Measured& overhead() const { return overhead_; }

  private:
    void ask_until_stopped();

    const Duration pause_;
    SystemClock clock_;
    Measured overhead_;
    std::atomic<Duration> last_held_{};
    test::HttpOrigin origin_;
    std::atomic<bool> stopping_{false};
    std::thread asking_;
};

// Accepts nothing during one second, which begins `after` its first connection: connections wait in a queue of a few,
// and then are not even made. Answers one request a connection.
class BacklogTarget {
  public:
    static constexpr int kBacklog = 2;

    explicit BacklogTarget(Duration after);
    ~BacklogTarget();
    std::uint16_t port() const { return port_; }

  private:
    void accept_all(Duration after);

    SystemClock clock_;
    int listener_ = -1;
    std::uint16_t port_ = 0;
    std::atomic<bool> stopping_{false};
    std::thread accepting_;
};

}  // namespace culvert::e2e
