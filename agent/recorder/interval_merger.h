// Seconds of all worker threads into intervals of the agent: in order, numbered without a gap, each second once. Pure.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "agent/recorder/worker_recorder.h"
#include "common/metrics/interval.h"

namespace culvert::agent::recorder {

class IntervalMerger {
  public:
    IntervalMerger(std::size_t workers, Duration warmup) : reached_(workers, 0), warmup_(warmup) {}

    // Each worker gives its seconds in ascending order, without a gap unless it folded some into one.
    void add(std::size_t worker, WorkerSecond second);
    // The worker gives nothing any more.
    void finish(std::size_t worker);
    bool finished() const;
    // Intervals that every worker has contributed to, and that were not taken yet.
    std::vector<metrics::Interval> take();
    // The earliest of all workers; complete once an interval with starts in it was taken.
    const std::optional<FirstStart>& first_start() const { return first_start_; }

  private:
    static constexpr std::uint32_t kDone = 0xFFFF'FFFF;

    metrics::Interval& interval_at(std::uint32_t second);

    std::vector<std::uint32_t> reached_;  // by worker: the first second it has not given
    const Duration warmup_;
    std::deque<metrics::Interval> open_;  // ascending seconds without a gap
    std::uint32_t first_ = 0;             // second of open_.front()
    std::uint64_t next_number_ = 1;
    std::optional<FirstStart> first_start_;
};

}  // namespace culvert::agent::recorder
