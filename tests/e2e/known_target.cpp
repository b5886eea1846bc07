#include "known_target.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>

#include "common/base/check.h"
#include "tests/support/loopback.h"

namespace culvert::e2e {
namespace {

using namespace std::chrono_literals;

constexpr int kLook_ms = 10;
constexpr const char* kRequest = "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
constexpr const char* kAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok";

bool read_until(int fd, const std::string& end, const std::atomic<bool>& stopping) {
    std::string bytes;
    char buffer[4096];
    while (bytes.find(end) == std::string::npos) {
        while (!test::wait_readable(fd, kLook_ms)) {
            if (stopping) return false;
        }
        const ssize_t got = ::recv(fd, buffer, sizeof buffer, 0);
        if (got <= 0) return false;
        bytes.append(buffer, static_cast<std::size_t>(got));
    }
    return true;
}

}  // namespace

void Measured::add(Duration duration) {
    const std::lock_guard lock(mutex_);
    durations_.push_back(duration);
}

std::size_t Measured::count() const {
    const std::lock_guard lock(mutex_);
    return durations_.size();
}

double Measured::percentile_ms(double percent) const {
    const std::lock_guard lock(mutex_);
    CULVERT_CHECK(!durations_.empty());
    std::vector<Duration> sorted = durations_;
    std::sort(sorted.begin(), sorted.end());
    const auto rank = static_cast<std::size_t>(std::ceil(percent / 100 * static_cast<double>(sorted.size())));
    return std::chrono::duration<double, std::milli>(sorted[std::max<std::size_t>(rank, 1) - 1]).count();
}

HoldingTarget::HoldingTarget(std::function<Duration(unsigned)> delay)
    : delay_(std::move(delay)), origin_([this](const test::OriginRequest& request) {
          test::HttpOrigin::wait_until(request.arrived + delay_(number_++));
          held_.add(clock_.steady_now() - request.arrived);
          return test::OriginAnswer{};
      }) {}

OverheadProbe::OverheadProbe(Duration pause)
    : pause_(pause),
      origin_([this](const test::OriginRequest& request) {
          last_held_ = clock_.steady_now() - request.arrived;
          return test::OriginAnswer{};
      }),
      asking_([this] { ask_until_stopped(); }) {}

OverheadProbe::~OverheadProbe() {
    stopping_ = true;
    asking_.join();
}

void OverheadProbe::ask_until_stopped() {
    constexpr int kOnEachConnection = 20;  // the engine's users make theirs now and then, too
    int fd = -1;
    int asked = 0;
    for (SteadyTime due = clock_.steady_now() + pause_; !stopping_; due += pause_) {
        test::HttpOrigin::wait_until(due);
        if (asked++ % kOnEachConnection == 0) {
            if (fd >= 0) ::close(fd);
            fd = test::connect_to_loopback(origin_.port());
        }
        if (!test::write_all(fd, kRequest) || !read_until(fd, "\r\n\r\nok", stopping_)) break;
        overhead_.add(clock_.steady_now() - due - last_held_.load());
    }
    if (fd >= 0) ::close(fd);
}

BacklogTarget::BacklogTarget(Duration after) {
    const test::LoopbackListener listener = test::listen_on_loopback();
    listener_ = listener.fd;
    port_ = listener.port;
    CULVERT_CHECK(::listen(listener_, kBacklog) == 0);
    accepting_ = std::thread([this, after] { accept_all(after); });
}

BacklogTarget::~BacklogTarget() {
    stopping_ = true;
    accepting_.join();
    ::close(listener_);
}

void BacklogTarget::accept_all(Duration after) {
    bool stalled = false;
    SteadyTime first{};
    while (!stopping_) {
        if (first != SteadyTime{} && !stalled && clock_.steady_now() >= first + after) {
            test::HttpOrigin::wait_until(first + after + 1s);
            stalled = true;
        }
        if (!test::wait_readable(listener_, kLook_ms)) continue;
        const int fd = ::accept(listener_, nullptr, nullptr);
        if (fd < 0) continue;
        if (first == SteadyTime{}) first = clock_.steady_now();
        if (read_until(fd, "\r\n\r\n", stopping_)) test::write_all(fd, kAnswer);
        ::close(fd);
    }
}

}  // namespace culvert::e2e
