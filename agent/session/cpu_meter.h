// How busy this machine is, from /proc/stat.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace culvert::agent::session {

// Busy and total time of all cores since the machine started, in clock ticks; nothing when the text is not that of
// /proc/stat.
struct CpuTimes {
    std::uint64_t busy = 0, total = 0;
};
std::optional<CpuTimes> parse_cpu_times(std::string_view proc_stat);

class CpuMeter {
  public:
    explicit CpuMeter(std::string file = "/proc/stat") : file_(std::move(file)) {}
    // 0…100 since the previous call; 0 the first time and where it cannot be told.
    double percent();

  private:
    const std::string file_;
    CpuTimes last_;
};

}  // namespace culvert::agent::session
