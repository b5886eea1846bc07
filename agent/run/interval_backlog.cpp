#include "agent/run/interval_backlog.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "common/base/check.h"

namespace culvert::agent::run {

metrics::Interval fold(metrics::Interval earlier, const metrics::Interval& later) {
    CULVERT_CHECK(earlier.warmup == later.warmup);
    if (earlier.scenarios.size() < later.scenarios.size()) earlier.scenarios.resize(later.scenarios.size());
    for (std::size_t i = 0; i < later.scenarios.size(); ++i) {
        earlier.scenarios[i].merge(later.scenarios[i]);
        earlier.scenarios[i].users = later.scenarios[i].users;
        earlier.scenarios[i].in_flight = later.scenarios[i].in_flight;
    }
    earlier.folded += later.folded + 1;
    earlier.lateness.merge(later.lateness);
    earlier.cpu_percent = std::max(earlier.cpu_percent, later.cpu_percent);
    earlier.open_sockets = later.open_sockets;
    return earlier;
}

void IntervalBacklog::push(metrics::Interval interval) {
    waiting_.push_back(std::move(interval));
    if (waiting_.size() > most_waiting_) fold_two();
}

metrics::Interval IntervalBacklog::pop() {
    CULVERT_CHECK(!waiting_.empty());
    metrics::Interval oldest = std::move(waiting_.front());
    waiting_.pop_front();
    return oldest;
}

// The pair that stands for the fewest seconds, the oldest of those. The warm-up ends once, so of three intervals two
// neighbours always agree.
void IntervalBacklog::fold_two() {
    std::size_t best = waiting_.size();
    std::uint64_t best_span = std::numeric_limits<std::uint64_t>::max();
    for (std::size_t i = 0; i + 1 < waiting_.size(); ++i) {
        const std::uint64_t span = std::uint64_t{waiting_[i].folded} + waiting_[i + 1].folded;
        if (waiting_[i].warmup != waiting_[i + 1].warmup || span >= best_span) continue;
        best = i;
        best_span = span;
    }
    if (best == waiting_.size()) return;
    waiting_[best] = fold(std::move(waiting_[best]), waiting_[best + 1]);
    waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(best) + 1);
}

}  // namespace culvert::agent::run
