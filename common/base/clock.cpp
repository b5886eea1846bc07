#include "common/base/clock.h"

namespace culvert {

SteadyTime SystemClock::steady_now() const {
    return std::chrono::steady_clock::now();
}
WallTime SystemClock::wall_now() const {
    return std::chrono::system_clock::now();
}

}  // namespace culvert
