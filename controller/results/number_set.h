// Which interval numbers of one agent were merged: kept as ranges, so that a run of days costs a few bytes while
// nothing is missing.
#pragma once

#include <cstdint>
#include <map>

namespace culvert::results {

class NumberSet {
  public:
    // An agent cannot make more intervals than seconds of ten days; more gaps than this are no broken link but a broken
    // agent.
    static constexpr std::uint64_t kLargest = 10ULL * 86'400;
    static constexpr std::size_t kMostRanges = 10'000;

    enum class Added { New, Known, Refused };  // Refused: 0, beyond kLargest, or one gap too many
    Added add(std::uint64_t number);

    bool contains(std::uint64_t number) const;
    std::uint64_t count() const { return count_; }
    std::uint64_t highest() const { return ranges_.empty() ? 0 : ranges_.rbegin()->second; }
    // Numbers from 1 to highest() that never came.
    std::uint64_t missing() const { return highest() - count_; }

  private:
    std::map<std::uint64_t, std::uint64_t> ranges_;  // first → last, disjoint and not adjacent
    std::uint64_t count_ = 0;
};

}  // namespace culvert::results
