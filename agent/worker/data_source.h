// The rows of one data set on this agent, given out one after the other to the users of all threads.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/worker/engine.h"

namespace culvert::agent::worker {

class DataSource {
  public:
    // `random` order is a shuffle by `seed`; every pass through the rows has the same order.
    DataSource(const workload::DataSet& set, const std::vector<std::vector<std::string>>& rows, std::uint64_t seed);

    // Any thread. The next row; nullopt: all were given out and the set does not start again, or it has none.
    std::optional<std::uint32_t> next();
    const std::vector<std::string>& row(std::uint32_t row) const { return rows_[row]; }
    bool each_user() const { return each_user_; }
    bool aborts_at_end() const { return at_end_ == workload::DataSet::AtEnd::AbortRun; }
    const std::string& name() const { return name_; }

  private:
    const std::string name_;
    const std::vector<std::vector<std::string>>& rows_;
    const bool each_user_;
    const workload::DataSet::AtEnd at_end_;
    std::vector<std::uint32_t> order_;  // empty: as they stand
    std::atomic<std::uint64_t> taken_{0};
};

}  // namespace culvert::agent::worker
