#include "controller/results/seconds.h"

#include <algorithm>
#include <utility>

namespace culvert::results {

void Seconds::add(std::uint32_t agent, const metrics::Interval& interval, metrics::Histogram latency) {
    last_second_ = std::max(last_second_.value_or(0), interval.second);
    pending_[{interval.second, interval.warmup}].add(agent, interval, std::move(latency), scratch_);
}

void Seconds::settle(const std::function<void(std::uint32_t second, const SecondRow& row)>& each) {
    for (auto& [key, pending] : std::exchange(pending_, {})) {
        const auto [second, warmup] = key;
        SecondRow row = pending.take(scratch_);
        if (!warmup) {
            if (total_.size() < row.scenarios.size()) total_.resize(row.scenarios.size());
            for (std::size_t i = 0; i < row.scenarios.size(); ++i) total_[i].merge(row.scenarios[i]);
            each(second, row);
        }
        put(second, std::move(row));
    }
}

void Seconds::put(std::uint32_t second, SecondRow row) {
    const std::uint32_t oldest = *last_second_ >= kRecent ? *last_second_ - kRecent + 1 : 0;
    while (!recent_.empty() && recent_.begin()->first < oldest) {
        timeline_.add(recent_.begin()->first, std::move(recent_.begin()->second));
        recent_.erase(recent_.begin());
    }
    if (second < oldest) {
        timeline_.add(second, std::move(row));
    } else if (const auto [at, is_new] = recent_.try_emplace(second); is_new) {
        at->second = std::move(row);
    } else {
        at->second.merge(row);
    }
}

SecondRow Seconds::window(std::uint32_t first, std::uint32_t last) const {
    SecondRow merged;
    for (auto at = recent_.lower_bound(first); at != recent_.end() && at->first <= last; ++at) merged.merge(at->second);
    return merged;
}

std::uint64_t Seconds::planned_from(std::size_t scenario, std::uint32_t first) const {
    std::uint64_t planned = 0;
    const auto add = [&planned, scenario](const SecondRow& row) {
        if (!row.warmup && scenario < row.scenarios.size()) planned += row.scenarios[scenario].planned;
    };
    const auto& old = timeline_.rows();
    for (auto at = old.lower_bound((first + timeline_.step() - 1) / timeline_.step()); at != old.end(); ++at)
        add(at->second);
    for (auto at = recent_.lower_bound(first); at != recent_.end(); ++at) add(at->second);
    return planned;
}

Timeline Seconds::timeline() const {
    Timeline whole = timeline_;
    for (const auto& [second, row] : recent_) whole.add(second, row);
    return whole;
}

}  // namespace culvert::results
