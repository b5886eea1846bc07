#include "controller/results/timeline.h"

#include <utility>

namespace culvert::results {
namespace {

void put(std::map<std::uint32_t, SecondRow>& rows, std::uint32_t key, SecondRow row) {
    const auto [at, is_new] = rows.try_emplace(key);
    if (is_new) {
        at->second = std::move(row);
    } else {
        at->second.merge(row);
    }
}

}  // namespace

void Timeline::add(std::uint32_t second, SecondRow row) {
    while (second / step_ >= limits_.rows) fold();
    const std::uint32_t key = second / step_;
    if (const auto at = rows_.find(key); at != rows_.end()) bytes_ -= at->second.memory_bytes();
    put(rows_, key, std::move(row));
    bytes_ += rows_.at(key).memory_bytes();
    while (bytes_ > limits_.bytes && rows_.size() > 1) fold();
}

void Timeline::fold() {
    std::map<std::uint32_t, SecondRow> folded;
    for (auto& [key, row] : rows_) put(folded, key / 2, std::move(row));
    rows_ = std::move(folded);
    step_ *= 2;
    bytes_ = 0;
    for (const auto& [key, row] : rows_) bytes_ += row.memory_bytes();
}

}  // namespace culvert::results
