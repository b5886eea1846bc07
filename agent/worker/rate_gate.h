// Holds the starts of one thread under a rate, whatever the schedule says: the charter's word is final. Counts by due
// time, so that a thread that is late does not lose slots. Worker thread only.
#pragma once

#include <algorithm>
#include <optional>

#include "common/base/units.h"

namespace culvert::agent::worker {

class RateGate {
  public:
    static constexpr Duration kTolerance = std::chrono::milliseconds(200);  // how far starts may bunch

    // No rate: everything passes.
    RateGate(std::optional<Rate> rate, unsigned threads) {
        if (!rate) return;
        constexpr double kHour = 3600e9, kMilli = 1000;
        gap_ = Duration(
            rate->milli_per_hour <= 0
                ? Duration::max().count() / 4
                : static_cast<std::int64_t>(kHour * kMilli * threads / static_cast<double>(rate->milli_per_hour)));
    }

    [[nodiscard]] bool passes(Duration due) {
        if (gap_ == Duration::zero()) return true;
        if (next_ > due + std::max(kTolerance, gap_)) return false;
        next_ = std::max(next_, due) + gap_;
        return true;
    }

  private:
    Duration gap_{};   // between two starts; zero: no limit
    Duration next_{};  // when the next start is due at the latest rate
};

}  // namespace culvert::agent::worker
