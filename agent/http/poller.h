// epoll with nanosecond time-outs. Registrations are level-triggered and stay; a closed descriptor leaves by itself.
#pragma once

#include <sys/epoll.h>

#include <array>
#include <cstdint>
#include <span>

#include "common/base/result.h"
#include "common/base/units.h"

namespace culvert::agent::http {

// What a descriptor is waited for with; the token comes back with each event.
enum class Interest : std::uint32_t { Read = EPOLLIN, ReadWrite = EPOLLIN | EPOLLOUT };

struct ReadyEvent {
    std::uint64_t token = 0;
    bool readable = false;  // or broken: reading tells
    bool writable = false;
};

class Poller {
  public:
    static constexpr std::size_t kMostEvents = 256;  // of one wait: bounds how old the time of a batch can get

    static Result<Poller> make();
    Poller(Poller&& other) noexcept;
    Poller& operator=(Poller&&) = delete;
    ~Poller();

    Status add(int fd, std::uint64_t token, Interest interest);
    void change(int fd, std::uint64_t token, Interest interest);
    void remove(int fd);

    // Waits at most `longest` (negative: without end) and calls for each ready descriptor.
    std::span<const epoll_event> wait(Duration longest);
    static ReadyEvent read(const epoll_event& event);

  private:
    explicit Poller(int fd) : fd_(fd) {}

    int fd_ = -1;
    std::array<epoll_event, kMostEvents> events_{};
};

}  // namespace culvert::agent::http
