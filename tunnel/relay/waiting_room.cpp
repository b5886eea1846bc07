#include "tunnel/relay/waiting_room.h"

#include <poll.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <utility>

#include "common/base/log.h"

namespace culvert::tunnel::relay {
namespace {

constexpr std::int64_t kLongestWait_s = 10;
constexpr Duration kTurn = std::chrono::milliseconds(5);
constexpr Duration kLogPeriod = std::chrono::seconds(10);

// The other end has closed the connection, or it broke; what it may have sent before does not matter any more.
bool has_left(int fd) {
    pollfd look{fd, POLLRDHUP, 0};
    return ::poll(&look, 1, 0) > 0;
}

}  // namespace

WaitingRoom::WaitingRoom(net::Loop& loop, Rate handshakes, std::function<void(int fd)> begin)
    : loop_(loop), limit_(handshakes), begin_(std::move(begin)), pace_(handshakes), lines_(1, kLogPeriod) {}

WaitingRoom::~WaitingRoom() {
    clear();
}

std::size_t WaitingRoom::capacity(Rate handshakes) {
    return static_cast<std::size_t>(handshakes.per_second() * kLongestWait_s);
}

void WaitingRoom::take(int fd) {
    loop_.check_on_thread();
    if (waiting_.empty() && pace_.take(loop_.clock().steady_now())) {
        ++counts_.begun;
        return begin_(fd);
    }
    if (waiting_.size() >= capacity(limit_)) return turn_away(fd);
    waiting_.push_back(fd);
    if (turns_ == nullptr) turns_ = loop_.every(kTurn, [this] { let_in(); });
}

void WaitingRoom::let_in() {
    while (!waiting_.empty()) {
        const int fd = waiting_.front();
        const bool left = has_left(fd);
        if (!left && !pace_.take(loop_.clock().steady_now())) return;
        waiting_.pop_front();
        if (left) {
            ++counts_.left;
            ::close(fd);
        } else {
            ++counts_.begun;
            begin_(fd);
        }
    }
    turns_.reset();
}

void WaitingRoom::turn_away(int fd) {
    ++counts_.turned_away;
    ::close(fd);
    if (!lines_.spend(loop_.clock().steady_now())) return;
    log::warning(
        "more connections come than may begin their handshake (limits.handshakes): others are turned away "
        "and come again",
        {{"waiting", std::to_string(waiting_.size())}, {"limit", to_string(limit_)}});
}

void WaitingRoom::clear() {
    for (const int fd : std::exchange(waiting_, {})) ::close(fd);
    turns_.reset();
}

WaitingRoom::Counts WaitingRoom::counts() const {
    Counts now = counts_;
    now.waiting = waiting_.size();
    return now;
}

}  // namespace culvert::tunnel::relay
