#include "agent/recorder/thread_cpu.h"

#include <time.h>

namespace culvert::agent::recorder {

Duration thread_cpu_time() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

}  // namespace culvert::agent::recorder
