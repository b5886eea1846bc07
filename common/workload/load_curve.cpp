// Units: a rate is in thousandths of an iteration an hour, a time in nanoseconds. Twice the integral of the rate over a
// piece is then an integer number of "half units", and kIteration of them start one iteration. With r the rate at the
// piece's begin, d its change and L its length, twice the integral up to t is 2 r t + d t² / L.
#include "common/workload/load_curve.h"

#include <algorithm>
#include <cmath>
#include <variant>

#include "common/workload/split_mix.h"

namespace culvert::workload {
namespace {

__extension__ using Wide = __int128;

constexpr std::int64_t kIteration = 2 * 1000 * 3'600'000'000'000;

template <class... Ts>
struct Overloaded : Ts... {
    using Ts::operator()...;
};
template <class... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;

// d t² / L, rounded up, without ever holding t²: d t = q L + rest, so d t² / L = q t + rest × t / L.
Wide quadratic_part(std::int64_t change, std::int64_t t, std::int64_t length) {
    const bool falls = change < 0;
    const Wide product = Wide{falls ? -change : change} * t;
    const Wide whole = product / length * t;
    const Wide rest = product % length * t;
    if (falls) return -(whole + rest / length);  // rounding up a negative number drops its fraction
    return whole + (rest + length - 1) / length;
}

// Half units from the begin of a piece to `t`, rounded up.
Wide accumulated(std::int64_t from, std::int64_t to, std::int64_t length, std::int64_t t) {
    if (from == to || t == 0) return Wide{2} * from * t;
    return Wide{2} * from * t + quadratic_part(to - from, t, length);
}

// How many of the targets carry, carry + kIteration, … lie below `sum`.
std::uint64_t targets_below(Wide sum, std::int64_t carry) {
    if (sum <= carry) return 0;
    return static_cast<std::uint64_t>((sum - carry + kIteration - 1) / kIteration);
}

// The last whole nanosecond at which `target` half units are not yet exceeded.
std::int64_t instant_of(std::int64_t from, std::int64_t to, std::int64_t length, Wide target) {
    if (target == 0) return 0;
    if (from == to) return static_cast<std::int64_t>(target / (Wide{2} * from));
    const auto b = 2.0L * static_cast<long double>(from);
    const auto a = static_cast<long double>(to - from) / static_cast<long double>(length);
    const auto c = static_cast<long double>(target);
    const long double root = std::sqrt(std::max(0.0L, b * b + 4 * a * c));
    const auto guess = std::clamp(2 * c / (b + root), 0.0L, static_cast<long double>(length));
    // the guess is right to a few nanoseconds; a bracket around it makes it exact
    const auto reached = [&](std::int64_t t) { return accumulated(from, to, length, t) <= target; };
    std::int64_t low = static_cast<std::int64_t>(guess);
    std::int64_t high = low;
    for (std::int64_t stride = 1; low > 0 && !reached(low); stride *= 2) low = std::max<std::int64_t>(0, low - stride);
    for (std::int64_t stride = 1; high < length && reached(high); stride *= 2) high = std::min(length, high + stride);
    while (high - low > 1) {
        const std::int64_t middle = low + (high - low) / 2;
        (reached(middle) ? low : high) = middle;
    }
    return low;
}

Duration duration_of(const LoadPhase& phase) {
    return std::visit(Overloaded{[](const Iterations& iterations) { return iterations.at_most; },
                                 [](const auto& other) { return other.length; }},
                      phase);
}

// Users active at `t` of a ramp: the first new one comes at once, the first to leave goes after one step.
std::uint64_t ramp_users_at(const RampUsers& ramp, Duration t) {
    const auto share_of = [t](std::uint64_t change) { return Wide{change} * t.count(); };
    if (ramp.to >= ramp.from) {
        const std::uint64_t change = ramp.to - ramp.from;
        if (change == 0) return ramp.from;
        return ramp.from + std::min(change, static_cast<std::uint64_t>(share_of(change) / ramp.length.count()) + 1);
    }
    return ramp.from - static_cast<std::uint64_t>(share_of(ramp.from - ramp.to) / ramp.length.count());
}

// When user number `step` (from 0) of `steps` comes or goes.
Duration step_instant(std::uint64_t step, std::uint64_t steps, Duration length) {
    return Duration{static_cast<std::int64_t>((Wide{step} * length.count() + steps - 1) / steps)};
}

std::optional<UserSpell> spell_in(const LoadPhase& phase, std::uint64_t user, Duration begin) {
    const Duration end = begin + duration_of(phase);
    if (const auto* const constant = std::get_if<ConstantUsers>(&phase)) {
        if (user < constant->users) return UserSpell{begin, end};
    } else if (const auto* const ramp = std::get_if<RampUsers>(&phase)) {
        if (user < std::min(ramp->from, ramp->to)) return UserSpell{begin, end};
        if (user < ramp->to)
            return UserSpell{begin + step_instant(user - ramp->from, ramp->to - ramp->from, ramp->length), end};
        if (user < ramp->from)
            return UserSpell{begin, begin + step_instant(ramp->from - user, ramp->from - ramp->to, ramp->length)};
    } else if (const auto* const counted = std::get_if<Iterations>(&phase)) {
        const std::uint64_t users = counted->users.value_or(0);
        if (user >= users) return std::nullopt;
        const std::uint64_t own =
            counted->per_user ? *counted->per_user : *counted->total / users + (user < *counted->total % users ? 1 : 0);
        if (own == 0) return std::nullopt;
        const bool whole = counted->total && *counted->total >= users;
        return UserSpell{begin, end, own, whole ? *counted->total : 0, whole ? users : 0};
    }
    return std::nullopt;
}

}  // namespace

SlotCurve::SlotCurve(const std::vector<LoadPhase>& load, std::uint64_t seed) {
    std::uint64_t phase_number = 0;
    for (const LoadPhase& phase : load) {
        ++phase_number;
        std::visit(
            Overloaded{
                [this](const ConstantRate& p) { append(p.length, p.rate.milli_per_hour, p.rate.milli_per_hour); },
                [this](const RampRate& p) { append(p.length, p.from.milli_per_hour, p.to.milli_per_hour); },
                [this, seed, phase_number](const RandomRate& p) {
                    SplitMix64 random(seed + phase_number * 0x9E3779B97F4A7C15ULL);
                    for (Duration done{}; done < p.length; done += p.every) {
                        const auto width =
                            static_cast<std::uint64_t>(p.most.milli_per_hour - p.least.milli_per_hour) + 1;
                        const std::int64_t rate =
                            p.least.milli_per_hour + static_cast<std::int64_t>(random.below(width));
                        append(std::min(p.every, p.length - done), rate, rate);
                    }
                },
                [this](const Iterations& p) {
                    append_counted(p.at_most, p.rate ? p.rate->milli_per_hour : 0, p.rate ? p.total.value_or(0) : 0);
                },
                [this](const auto& p) { append(p.length, 0, 0); }},
            phase);
    }
}

void SlotCurve::append(Duration length, std::int64_t from, std::int64_t to) {
    if (length <= Duration{0}) return;
    const std::uint64_t count = targets_below(accumulated(from, to, length.count(), length.count()), carry_);
    pieces_.push_back(Piece{end_, end_ + length, from, to, slots_, count, carry_});
    // twice the integral over the whole piece is exactly (from + to) × length
    carry_ = static_cast<std::int64_t>(carry_ + Wide{count} * kIteration - (Wide{from} + to) * length.count());
    end_ += length;
    slots_ += count;
}

void SlotCurve::append_counted(Duration length, std::int64_t rate, std::uint64_t slots) {
    pieces_.push_back(Piece{end_, end_ + length, rate, rate, slots_, slots, 0});
    carry_ = 0;
    end_ += length;
    slots_ += slots;
}

std::uint64_t SlotCurve::slot_count() const {
    return slots_;
}

std::optional<Duration> SlotCurve::slot_time(std::uint64_t n) const {
    if (n >= slots_) return std::nullopt;
    const auto after = std::upper_bound(pieces_.begin(), pieces_.end(), n,
                                        [](std::uint64_t slot, const Piece& piece) { return slot < piece.first_slot; });
    const auto piece = std::prev(after);  // of pieces that begin with the same slot, the last is the one that has it
    const Wide target = Wide{n - piece->first_slot} * kIteration + piece->carry;
    return piece->begin + Duration{instant_of(piece->from_milli_per_hour, piece->to_milli_per_hour,
                                              (piece->end - piece->begin).count(), target)};
}

const SlotCurve::Piece* SlotCurve::piece_at(Duration t) const {
    const auto after = std::upper_bound(pieces_.begin(), pieces_.end(), t,
                                        [](Duration time, const Piece& piece) { return time < piece.begin; });
    return after == pieces_.begin() ? nullptr : &*std::prev(after);
}

std::uint64_t SlotCurve::slots_before(Duration t) const {
    const Piece* const piece = piece_at(t);
    if (piece == nullptr) return 0;
    if (t >= piece->end) return piece->first_slot + piece->slot_count;
    const Wide sum = accumulated(piece->from_milli_per_hour, piece->to_milli_per_hour,
                                 (piece->end - piece->begin).count(), (t - piece->begin).count());
    return piece->first_slot + std::min(piece->slot_count, targets_below(sum, piece->carry));
}

Rate SlotCurve::rate_at(Duration t) const {
    const Piece* const piece = piece_at(t);
    if (piece == nullptr || t >= piece->end) return Rate{};
    const bool counted_out =
        piece->slot_count > 0 && slots_before(t) == piece->first_slot + piece->slot_count && piece->carry == 0 &&
        piece->from_milli_per_hour == piece->to_milli_per_hour &&
        Wide{2} * piece->from_milli_per_hour * (t - piece->begin).count() > Wide{piece->slot_count} * kIteration;
    if (counted_out) return Rate{};  // `iterations` are all started before their time is over
    const Wide change = Wide{piece->to_milli_per_hour - piece->from_milli_per_hour} * (t - piece->begin).count();
    return Rate{piece->from_milli_per_hour + static_cast<std::int64_t>(change / (piece->end - piece->begin).count())};
}

std::vector<UserSpell> spells_of_user(const std::vector<LoadPhase>& load, std::uint64_t user) {
    std::vector<UserSpell> spells;
    Duration begin{};
    for (const LoadPhase& phase : load) {
        const auto spell = spell_in(phase, user, begin);
        begin += duration_of(phase);
        if (!spell || spell->begin >= spell->end) continue;
        const bool goes_on = !spells.empty() && spells.back().end == spell->begin &&
                             spells.back().iterations_per_user == 0 && spell->iterations_per_user == 0;
        if (goes_on) {
            spells.back().end = spell->end;
        } else {
            spells.push_back(*spell);
        }
    }
    return spells;
}

std::uint64_t most_users(const std::vector<LoadPhase>& load) {
    std::uint64_t most = 0;
    for (const LoadPhase& phase : load) {
        if (const auto* const constant = std::get_if<ConstantUsers>(&phase)) most = std::max(most, constant->users);
        if (const auto* const ramp = std::get_if<RampUsers>(&phase)) most = std::max({most, ramp->from, ramp->to});
        if (const auto* const counted = std::get_if<Iterations>(&phase))
            most = std::max(most, counted->users.value_or(0));
    }
    return most;
}

std::uint64_t users_at(const std::vector<LoadPhase>& load, Duration t) {
    if (t < Duration{0}) return 0;
    Duration begin{};
    for (const LoadPhase& phase : load) {
        const Duration end = begin + duration_of(phase);
        if (t < end) {
            if (const auto* const constant = std::get_if<ConstantUsers>(&phase)) return constant->users;
            if (const auto* const ramp = std::get_if<RampUsers>(&phase)) return ramp_users_at(*ramp, t - begin);
            if (const auto* const counted = std::get_if<Iterations>(&phase)) return counted->users.value_or(0);
            return 0;
        }
        begin = end;
    }
    return 0;
}

Duration length_of(const std::vector<LoadPhase>& load) {
    Duration length{};
    for (const LoadPhase& phase : load) length += duration_of(phase);
    return length;
}

}  // namespace culvert::workload
