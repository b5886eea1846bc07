#include "agent/recorder/interval_merger.h"

#include <algorithm>

namespace culvert::agent::recorder {

metrics::Interval& IntervalMerger::interval_at(std::uint32_t second) {
    const std::uint32_t wanted =
        std::max(second, first_);  // what comes late for a second that is gone counts in the next
    while (first_ + open_.size() <= wanted) {
        metrics::Interval& interval = open_.emplace_back();
        interval.second = first_ + static_cast<std::uint32_t>(open_.size()) - 1;
        interval.warmup = std::chrono::seconds(interval.second) < warmup_;
    }
    return open_[wanted - first_];
}

void IntervalMerger::add(std::size_t worker, WorkerSecond second) {
    metrics::Interval& interval = interval_at(second.second);
    if (interval.scenarios.size() < second.scenarios.size()) interval.scenarios.resize(second.scenarios.size());
    for (std::size_t i = 0; i < second.scenarios.size(); ++i) interval.scenarios[i].merge(second.scenarios[i]);
    interval.lateness.merge(second.lateness);
    if (second.first_start && (!first_start_ || second.first_start->due < first_start_->due))
        first_start_ = second.first_start;
    interval.cpu_percent = std::max(interval.cpu_percent, second.cpu_percent);
    interval.open_sockets += second.open_sockets;
    reached_[worker] = second.second + 1;
}

void IntervalMerger::finish(std::size_t worker) {
    reached_[worker] = kDone;
}

bool IntervalMerger::finished() const {
    return std::all_of(reached_.begin(), reached_.end(), [](std::uint32_t reached) { return reached == kDone; });
}

std::vector<metrics::Interval> IntervalMerger::take() {
    const std::uint32_t complete = *std::min_element(reached_.begin(), reached_.end());
    std::vector<metrics::Interval> taken;
    while (!open_.empty() && first_ < complete) {
        open_.front().number = next_number_++;
        taken.push_back(std::move(open_.front()));
        open_.pop_front();
        ++first_;
    }
    return taken;
}

}  // namespace culvert::agent::recorder
