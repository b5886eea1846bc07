#include "agent/worker/wake_signal.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <utility>

namespace culvert::agent::worker {

Result<WakeSignal> WakeSignal::make() {
    const int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (fd < 0) return fail(Code::Overloaded, std::string("eventfd: ") + std::strerror(errno));
    return WakeSignal(fd);
}

WakeSignal::WakeSignal(WakeSignal&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

WakeSignal::~WakeSignal() {
    if (fd_ >= 0) close(fd_);
}

void WakeSignal::raise() const {
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = write(fd_, &one, sizeof one);  // full means that it is raised already
}

void WakeSignal::clear() const {
    std::uint64_t count = 0;
    [[maybe_unused]] const ssize_t got = read(fd_, &count, sizeof count);
}

}  // namespace culvert::agent::worker
