#include "agent/worker/data_source.h"

#include <numeric>

#include "common/workload/split_mix.h"

namespace culvert::agent::worker {

DataSource::DataSource(const workload::DataSet& set, const std::vector<std::vector<std::string>>& rows,
                       std::uint64_t seed)
    : name_(set.name),
      rows_(rows),
      each_user_(set.next_row == workload::DataSet::NextRow::EachUser),
      at_end_(set.at_end) {
    if (set.order != workload::DataSet::Order::Random) return;
    order_.resize(rows.size());
    std::iota(order_.begin(), order_.end(), 0U);
    workload::SplitMix64 random(seed);
    for (std::size_t i = order_.size(); i > 1; --i) std::swap(order_[i - 1], order_[random.below(i)]);
}

std::optional<std::uint32_t> DataSource::next() {
    if (rows_.empty()) return std::nullopt;
    const std::uint64_t number = taken_.fetch_add(1, std::memory_order_relaxed);
    if (number >= rows_.size() && at_end_ != workload::DataSet::AtEnd::StartAgain) return std::nullopt;
    const auto place = static_cast<std::uint32_t>(number % rows_.size());
    return order_.empty() ? place : order_[place];
}

}  // namespace culvert::agent::worker
