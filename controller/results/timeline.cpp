#include "controller/results/timeline.h"

#include <algorithm>
#include <utility>

namespace culvert::results {

void Timeline::add(std::uint32_t agent, const metrics::Interval& interval) {
    last_second_ = std::max(last_second_, interval.second);
    while (interval.second / step_ >= limits_.rows) fold();
    SecondRow& row = rows_[interval.second / step_];
    const std::size_t before = row.agents.empty() ? 0 : row.memory_bytes();
    row.add(agent, interval);
    bytes_ += row.memory_bytes() - before;
    while (bytes_ > limits_.bytes && rows_.size() > 1) fold();
}

void Timeline::fold() {
    std::map<std::uint32_t, SecondRow> folded;
    for (auto& [key, row] : rows_) {
        const auto [at, is_new] = folded.try_emplace(key / 2);
        if (is_new) {
            at->second = std::move(row);
        } else {
            at->second.merge(row);
        }
    }
    rows_ = std::move(folded);
    step_ *= 2;
    bytes_ = 0;
    for (const auto& [key, row] : rows_) bytes_ += row.memory_bytes();
}

void RecentSeconds::add(std::uint32_t agent, const metrics::Interval& interval) {
    if (!rows_.empty() && rows_.rbegin()->first >= kKept && interval.second <= rows_.rbegin()->first - kKept) return;
    rows_[interval.second].add(agent, interval);
    while (rows_.begin()->first + kKept <= rows_.rbegin()->first) rows_.erase(rows_.begin());
}

SecondRow RecentSeconds::window(std::uint32_t first, std::uint32_t last) const {
    SecondRow merged;
    for (auto at = rows_.lower_bound(first); at != rows_.end() && at->first <= last; ++at) merged.merge(at->second);
    return merged;
}

}  // namespace culvert::results
