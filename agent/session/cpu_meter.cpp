#include "agent/session/cpu_meter.h"

#include <charconv>
#include <fstream>
#include <utility>

#include "common/base/text.h"

namespace culvert::agent::session {

std::optional<CpuTimes> parse_cpu_times(std::string_view proc_stat) {
    // "cpu  user nice system idle iowait irq softirq steal guest guest_nice": guest times are in user and nice already.
    const std::string_view line = proc_stat.substr(0, proc_stat.find('\n'));
    if (line.substr(0, 5) != "cpu  ") return std::nullopt;
    CpuTimes times;
    std::size_t column = 0;
    for (const std::string_view word : split(line.substr(5), ' ')) {
        std::uint64_t ticks = 0;
        const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), ticks);
        if (error != std::errc() || end != word.data() + word.size()) return std::nullopt;
        if (column < 8) times.total += ticks;
        if (column < 8 && column != 3 && column != 4) times.busy += ticks;
        ++column;
    }
    if (column < 8) return std::nullopt;
    return times;
}

double CpuMeter::percent() {
    std::ifstream stream(file_);
    std::string line;
    std::getline(stream, line);
    const auto now = parse_cpu_times(line);
    if (!now) return 0;
    const CpuTimes before = std::exchange(last_, *now);
    if (before.total == 0 || now->total <= before.total || now->busy < before.busy) return 0;
    return 100.0 * static_cast<double>(now->busy - before.busy) / static_cast<double>(now->total - before.total);
}

}  // namespace culvert::agent::session
