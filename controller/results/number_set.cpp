#include "controller/results/number_set.h"

#include <iterator>

namespace culvert::results {

bool NumberSet::contains(std::uint64_t number) const {
    auto after = ranges_.upper_bound(number);
    return after != ranges_.begin() && std::prev(after)->second >= number;
}

NumberSet::Added NumberSet::add(std::uint64_t number) {
    if (number == 0 || number > kLargest) return Added::Refused;
    if (contains(number)) return Added::Known;
    auto after = ranges_.upper_bound(number);
    const bool joins_after = after != ranges_.end() && after->first == number + 1;
    auto before = after == ranges_.begin() ? ranges_.end() : std::prev(after);
    const bool joins_before = before != ranges_.end() && before->second + 1 == number;

    if (joins_before) {
        before->second = joins_after ? after->second : number;
        if (joins_after) ranges_.erase(after);
    } else if (joins_after) {
        const std::uint64_t last = after->second;
        ranges_.erase(after);
        ranges_.emplace(number, last);
    } else {
        if (ranges_.size() >= kMostRanges) return Added::Refused;
        ranges_.emplace(number, number);
    }
    ++count_;
    return Added::New;
}

}  // namespace culvert::results
