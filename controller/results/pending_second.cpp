#include "controller/results/pending_second.h"

#include <utility>

namespace culvert::results {

void PendingSecond::add(std::uint32_t agent, const metrics::Interval& interval, metrics::Histogram latency,
                        metrics::HistogramSum& scratch) {
    row_.add_counters(agent, interval, std::move(latency));
    if (steps_.size() < interval.scenarios.size()) steps_.resize(interval.scenarios.size());
    for (std::size_t i = 0; i < interval.scenarios.size(); ++i) {
        const std::vector<metrics::StepStats>& from = interval.scenarios[i].steps;
        if (steps_[i].size() < from.size()) steps_[i].resize(from.size());
        for (std::size_t k = 0; k < from.size(); ++k) {
            steps_[i][k].latency.add(from[k].latency, scratch);
            steps_[i][k].send_latency.add(from[k].send_latency, scratch);
        }
    }
}

SecondRow PendingSecond::take(metrics::HistogramSum& scratch) {
    for (std::size_t i = 0; i < steps_.size(); ++i) {
        for (std::size_t k = 0; k < steps_[i].size(); ++k) {
            metrics::StepStats& step = row_.scenarios[i].steps[k];
            step.latency = steps_[i][k].latency.take(scratch);
            step.send_latency = steps_[i][k].send_latency.take(scratch);
        }
    }
    steps_.clear();
    return std::exchange(row_, SecondRow());
}

}  // namespace culvert::results
