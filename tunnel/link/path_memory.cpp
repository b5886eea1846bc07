#include "tunnel/link/path_memory.h"

#include <algorithm>

namespace culvert::tunnel::link {
namespace {

using std::chrono::seconds;

constexpr Duration kShortestIdleCut = seconds(3);  // anything shorter is an accident, not a timeout
constexpr Duration kShortestAge = seconds(5);
constexpr Duration kShortestHeartbeat = seconds(1);

// Timeouts of boxes are checked once a second or so, and by clocks of their own.
bool alike(Duration a, Duration b, int percent) {
    const Duration larger = std::max(a, b);
    return larger - std::min(a, b) <= std::max<Duration>(seconds(1), larger * percent / 100);
}

}  // namespace

PathMemory::Lesson PathMemory::broke(Duration age, Duration silence) {
    const bool same_silence = silence >= kShortestIdleCut && alike(silence, last_silence_, 20);
    const bool same_age = age >= kShortestAge && alike(age, last_age_, 10);
    last_silence_ = silence;
    last_age_ = age;
    if (same_silence && (!idle_cut_ || silence < *idle_cut_)) {
        idle_cut_ = silence;
        last_age_ = {};  // links that were silent from their beginning have died at one age, too
        return Lesson::IdleCut;
    }
    if (same_age && (!maximum_age_ || age < *maximum_age_)) {
        maximum_age_ = age;
        return Lesson::MaximumAge;
    }
    return Lesson::Nothing;
}

Duration PathMemory::heartbeat(Duration configured) const {
    if (!idle_cut_) return configured;
    return std::clamp<Duration>(*idle_cut_ / 2, std::min(kShortestHeartbeat, configured), configured);
}

std::optional<Duration> PathMemory::renew_after() const {
    if (!maximum_age_) return std::nullopt;
    return *maximum_age_ * 3 / 4;
}

}  // namespace culvert::tunnel::link
