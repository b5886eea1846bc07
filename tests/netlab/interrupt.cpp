#include "interrupt.h"

#include <csignal>
#include <thread>

#include "common/base/clock.h"

namespace culvert::netlab {
namespace {

volatile std::sig_atomic_t interrupts = 0;

}  // namespace

void catch_interrupts() {
    struct sigaction action {};
    action.sa_handler = [](int) { interrupts = interrupts + 1; };
    ::sigaction(SIGINT, &action, nullptr);
    ::sigaction(SIGTERM, &action, nullptr);
}

bool interrupted() {
    return interrupts > 0;
}

bool wait_until(const std::function<bool()>& holds, Duration patience) {
    const SystemClock clock;
    const SteadyTime deadline = clock.steady_now() + patience;
    while (!holds()) {
        if (interrupted() || clock.steady_now() > deadline) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return true;
}

}  // namespace culvert::netlab
