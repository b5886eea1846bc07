// Sockets of test servers on 127.0.0.1.
#pragma once

#include <cstdint>
#include <string>

namespace culvert::test {

struct LoopbackListener {
    int fd = -1;
    std::uint16_t port = 0;
};
LoopbackListener listen_on_loopback();
// -1: refused.
int connect_to_loopback(std::uint16_t port);
// Blocks until the socket is readable, at most `timeout_ms`.
bool wait_readable(int fd, int timeout_ms);
bool write_all(int fd, const std::string& bytes);
// A reset instead of an orderly end.
void close_with_reset(int fd);
// A port on which nobody listens (any more).
std::uint16_t unused_port();

}  // namespace culvert::test
