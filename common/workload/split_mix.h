// SplitMix64 (Steele, Lea, Flood 2014): small, fast and the same on every machine. For loads, data order and think
// times, never for secrets.
#pragma once

#include <cstdint>

namespace culvert::workload {

class SplitMix64 {
  public:
    explicit SplitMix64(std::uint64_t seed) : state_(seed) {}

    std::uint64_t next() {
        state_ += 0x9E3779B97F4A7C15ULL;
        std::uint64_t z = state_;
        z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9ULL;
        z = (z ^ (z >> 27U)) * 0x94D049BB133111EBULL;
        return z ^ (z >> 31U);
    }

    // 0 … bound-1; bound > 0. By the high bits of a 128-bit product, so that nothing is favoured by a remainder.
    std::uint64_t below(std::uint64_t bound) {
        __extension__ using Wide = unsigned __int128;
        return static_cast<std::uint64_t>((Wide{next()} * bound) >> 64U);
    }

  private:
    std::uint64_t state_;
};

}  // namespace culvert::workload
