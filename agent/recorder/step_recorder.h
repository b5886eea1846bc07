// The samples of one step on one thread, since the last second boundary: flat counters that record without locks or
// allocation.
#pragma once

#include <array>
#include <cstdint>

#include "agent/recorder/sample.h"
#include "common/metrics/histogram_recorder.h"
#include "common/metrics/interval.h"

namespace culvert::agent::recorder {

class StepRecorder {
  public:
    void record(const Sample& sample);
    void record_interrupted() { ++totals_.interrupted; }
    // Everything since the last take(). Allocates.
    metrics::StepStats take();

  private:
    static constexpr std::size_t kStatuses = 1000;

    metrics::StepStats totals_;  // all but statuses and histograms
    std::array<std::uint32_t, kStatuses> statuses_{};
    metrics::HistogramRecorder latency_, send_latency_;
};

}  // namespace culvert::agent::recorder
