// The run second by second, in bounded memory: past a number of rows, or of bytes, neighbouring rows are folded into
// rows of 2, 4, 8 … seconds. What it holds depends on what was added, not on the order.
#pragma once

#include <cstdint>
#include <map>

#include "controller/results/second_row.h"

namespace culvert::results {

struct TimelineLimits {
    std::uint32_t rows = 3600;  // one hour by the second; a 12 h run has rows of 16 s
    std::size_t bytes = std::size_t{384} << 20;
};

class Timeline {
  public:
    explicit Timeline(TimelineLimits limits = {}) : limits_(limits) {}

    void add(std::uint32_t second, SecondRow row);
    // Seconds of one row.
    std::uint32_t step() const { return step_; }
    std::size_t memory_bytes() const { return bytes_; }
    // Key: first second of the row / step().
    const std::map<std::uint32_t, SecondRow>& rows() const { return rows_; }

  private:
    void fold();

    TimelineLimits limits_;
    std::map<std::uint32_t, SecondRow> rows_;
    std::uint32_t step_ = 1;
    std::size_t bytes_ = 0;
};

}  // namespace culvert::results
