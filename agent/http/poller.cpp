#include "agent/http/poller.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "common/base/check.h"

namespace culvert::agent::http {
namespace {

epoll_event event_of(std::uint64_t token, Interest interest) {
    epoll_event event{};
    event.events = static_cast<std::uint32_t>(interest);
    event.data.u64 = token;
    return event;
}

}  // namespace

Result<Poller> Poller::make() {
    const int fd = epoll_create1(EPOLL_CLOEXEC);
    if (fd < 0) return fail(Code::Overloaded, std::string("epoll: ") + std::strerror(errno));
    return Poller(fd);
}

Poller::Poller(Poller&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

Poller::~Poller() {
    if (fd_ >= 0) close(fd_);
}

Status Poller::add(int fd, std::uint64_t token, Interest interest) {
    epoll_event event = event_of(token, interest);
    if (epoll_ctl(fd_, EPOLL_CTL_ADD, fd, &event) != 0)
        return fail(Code::Overloaded, std::string("epoll: ") + std::strerror(errno));
    return {};
}

void Poller::change(int fd, std::uint64_t token, Interest interest) {
    epoll_event event = event_of(token, interest);
    CULVERT_CHECK(epoll_ctl(fd_, EPOLL_CTL_MOD, fd, &event) == 0);
}

void Poller::remove(int fd) {
    epoll_ctl(fd_, EPOLL_CTL_DEL, fd, nullptr);
}

std::span<const epoll_event> Poller::wait(Duration longest) {
    const timespec limit{static_cast<time_t>(longest.count() / 1'000'000'000),
                         static_cast<long>(longest.count() % 1'000'000'000)};
    const int count = epoll_pwait2(fd_, events_.data(), static_cast<int>(events_.size()),
                                   longest.count() < 0 ? nullptr : &limit, nullptr);
    CULVERT_CHECK(count >= 0 || errno == EINTR);
    return std::span<const epoll_event>(events_.data(), count > 0 ? static_cast<std::size_t>(count) : 0);
}

ReadyEvent Poller::read(const epoll_event& event) {
    constexpr std::uint32_t kReadable = EPOLLIN | EPOLLERR | EPOLLHUP | EPOLLRDHUP;
    return ReadyEvent{event.data.u64, (event.events & kReadable) != 0,
                      (event.events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) != 0};
}

}  // namespace culvert::agent::http
