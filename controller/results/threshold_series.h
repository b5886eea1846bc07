// One threshold for one group of agents, followed through the run. Judged second by second while the run goes on, and
// again at the end where late data changed a second that was judged already: the verdict depends on the data, not on
// the order in which it came.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "controller/results/run_result.h"
#include "controller/results/threshold_scope.h"

namespace culvert::results {

class ThresholdSeries {
  public:
    // Seconds whose data is kept for judging again (more for a longer window); what is older stays as it was judged,
    // but totals always stay exact.
    static constexpr std::uint32_t kKeptSeconds = 3600;

    // `suffix`: of the group, " [region=eu]" or empty. `first_second`: the first after the warm-up. `load_end`: from
    // then on the plan asks for nothing.
    ThresholdSeries(const workload::Threshold& threshold, std::string suffix, std::uint32_t first_second,
                    std::uint32_t load_end);

    void add(std::uint32_t second, const ScopeSlice& slice);
    // Judges every second before `end` that was not judged yet.
    void close_until(std::uint32_t end);
    // The run was stopped: the plan asks for nothing from this second on.
    void load_ends_at(std::uint32_t second);
    // No more data. `end`: the second after the last one.
    void finish(std::uint32_t end);

    ThresholdResult result() const;
    // `else abort`, and it did not hold when it was judged. Stays, whatever comes later.
    bool wants_abort() const { return threshold_.abort && crossed_live_.has_value(); }
    const workload::Threshold& threshold() const { return threshold_; }
    const std::string& suffix() const { return suffix_; }

  private:
    struct Judged {  // a window by its last second, or everything up to it
        std::uint32_t second = 0;
        double value = 0;
    };

    std::uint32_t window() const;  // seconds; 0 without `over`
    std::uint32_t judged_from() const;
    std::uint32_t judged_until() const;
    std::optional<double> value_after(std::uint32_t second) const;
    void close(std::uint32_t second);
    void judge_again();
    void forget_oldest();
    double seconds_before(std::uint32_t end) const;
    ThresholdResult window_result() const;
    ThresholdResult total_result() const;

    const workload::Threshold threshold_;
    const std::string suffix_;
    const std::uint32_t first_second_;
    std::uint32_t load_end_;

    ScopeSlice total_;                            // everything
    ScopeSlice forgotten_;                        // everything before kept_from_
    std::map<std::uint32_t, ScopeSlice> slices_;  // by second, from kept_from_ on
    std::uint32_t kept_from_;
    std::uint32_t closed_;                       // seconds before it are judged
    ScopeSlice closed_total_;                    // of them
    std::optional<std::uint32_t> changed_from_;  // earliest judged second that got more data
    std::vector<Judged> judged_;                 // ascending; seconds without a value are left out
    std::optional<Judged> crossed_live_;
    bool finished_ = false;
    std::uint32_t end_ = 0;
};

}  // namespace culvert::results
