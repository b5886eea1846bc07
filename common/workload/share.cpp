#include "common/workload/share.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

#include <fmt/format.h>

#include "common/base/check.h"

namespace culvert::workload {
namespace {

__extension__ using Wide = unsigned __int128;

constexpr double kHeaviest = 1000;
constexpr double kScale = 1000;  // three decimals

// The number coprime to `period` that is nearest to period / golden ratio.
std::uint64_t step_for(std::uint64_t period) {
    if (period == 1) return 1;
    constexpr std::uint64_t kGolden = 618'033'988'749'894'848;  // × 10^-18
    const auto target = static_cast<std::uint64_t>(Wide{period} * kGolden / 1'000'000'000'000'000'000ULL);
    for (std::uint64_t distance = 0;; ++distance) {
        const std::uint64_t above = target + distance;
        if (above >= 1 && above < period && std::gcd(above, period) == 1) return above;
        if (target > distance && std::gcd(target - distance, period) == 1) return target - distance;
    }
}

// Sum over i < n of floor((a × i + b) / m).
Wide floor_sum(Wide n, Wide m, Wide a, Wide b) {
    Wide sum = 0;
    while (n > 0) {
        sum += n * (n - 1) / 2 * (a / m);
        a %= m;
        sum += n * (b / m);
        b %= m;
        const Wide last = a * n + b;
        if (last < m) break;
        n = last / m;
        b = last % m;
        std::swap(m, a);
    }
    return sum;
}

// The smallest x with l <= a × x mod m <= r. It exists, because a and m are coprime.
Wide first_in_range(Wide a, Wide m, Wide l, Wide r) {
    if (l == 0) return 0;
    if (2 * a > m) {  // the mirror image halves the problem
        a = m - a;
        const Wide mirrored = m - r;
        r = m - l;
        l = mirrored;
    }
    CULVERT_CHECK(a > 0);
    const Wide x = (l + a - 1) / a;
    if (x * a <= r) return x;
    const Wide y = first_in_range((a - m % a) % a, a, l % a, r % a);
    return (l + m * y + a - 1) / a;
}

}  // namespace

Result<Ownership> Ownership::of(std::span<const double> weights) {
    if (weights.empty()) return fail(Code::InvalidInput, "no weights: nobody can carry a share");
    if (weights.size() > kMostSeats)
        return fail(Code::InvalidInput, fmt::format("{} agents are more than {}", weights.size(), kMostSeats));
    std::vector<std::uint64_t> parts;
    std::uint64_t divisor = 0;
    for (const double weight : weights) {
        if (!(weight > 0) || weight > kHeaviest)
            return fail(Code::InvalidInput,
                        fmt::format("weight {} is out of range; write more than 0 and at most {}", weight, kHeaviest));
        const auto part = static_cast<std::uint64_t>(std::llround(weight * kScale));
        if (part == 0) return fail(Code::InvalidInput, fmt::format("weight {} is less than 0.001", weight));
        parts.push_back(part);
        divisor = std::gcd(divisor, part);
    }

    Ownership ownership;
    ownership.first_.reserve(parts.size() + 1);
    std::uint64_t period = 0;
    for (const std::uint64_t part : parts) {
        ownership.first_.push_back(period);
        period += part / divisor;
    }
    ownership.first_.push_back(period);
    ownership.period_ = period;
    ownership.step_ = step_for(period);
    if (period > kTabled) return ownership;

    std::vector<std::uint32_t> table(period);
    std::vector<std::uint64_t> filled(ownership.first_.begin(), ownership.first_.end() - 1);
    for (std::uint64_t index = 0; index < period; ++index)
        table[filled[ownership.owner_of(index)]++] = static_cast<std::uint32_t>(index);
    ownership.indices_ = std::move(table);
    return ownership;
}

std::size_t Ownership::owner_of(std::uint64_t index) const {
    const auto residue = static_cast<std::uint64_t>(Wide{index % period_} * step_ % period_);
    const auto next = std::upper_bound(first_.begin(), first_.end(), residue);
    return static_cast<std::size_t>(next - first_.begin()) - 1;
}

std::uint64_t Ownership::count_of(std::size_t seat, std::uint64_t count) const {
    const std::uint64_t whole = count / period_ * weight_of(seat);
    const std::uint64_t rest = count % period_;
    if (!indices_.empty()) {
        const auto begin = indices_.begin() + static_cast<std::ptrdiff_t>(first_[seat]);
        const auto end = indices_.begin() + static_cast<std::ptrdiff_t>(first_[seat + 1]);
        return whole + static_cast<std::uint64_t>(std::lower_bound(begin, end, rest) - begin);
    }
    // x mod p lies in [a, b) exactly when floor((x + p - a) / p) - floor((x + p - b) / p) is 1, and it is 0 otherwise
    const Wide reached = floor_sum(rest, period_, step_, period_ - first_[seat]);
    const Wide passed = floor_sum(rest, period_, step_, period_ - first_[seat + 1]);
    return whole + static_cast<std::uint64_t>(reached - passed);
}

std::uint64_t Ownership::next_index(std::size_t seat, std::uint64_t from) const {
    const auto residue = static_cast<std::uint64_t>(Wide{from % period_} * step_ % period_);
    const std::uint64_t least = (first_[seat] + period_ - residue) % period_;
    const std::uint64_t most = (first_[seat + 1] - 1 + period_ - residue) % period_;
    if (least > most) return from;  // the window wraps around, so it holds `from` itself
    return from + static_cast<std::uint64_t>(first_in_range(step_, period_, least, most));
}

std::uint64_t Ownership::index_of(std::size_t seat, std::uint64_t rank) const {
    const std::uint64_t begin = rank / weight_of(seat) * period_;
    const std::uint64_t within = rank % weight_of(seat);
    if (!indices_.empty()) return begin + indices_[first_[seat] + within];
    std::uint64_t low = 0;
    std::uint64_t high = period_ - 1;
    while (low < high) {  // the first index with more than `within` of the seat's up to it
        const std::uint64_t middle = low + (high - low) / 2;
        if (count_of(seat, middle + 1) > within) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return begin + low;
}

}  // namespace culvert::workload
