#include "tunnel/relay/listener.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>

#include "common/base/log.h"

namespace culvert::tunnel::relay {
namespace {

constexpr int kBacklog = 4096;                 // after a restart every node comes at once
constexpr int kAcceptsAtOnce = 64;             // then others on the loop get their turn
constexpr int kUnacknowledgedFor_ms = 40'000;  // TCP_USER_TIMEOUT: a vanished peer does not hold a link for 15 minutes

struct AddressListFree {
    void operator()(addrinfo* list) const { freeaddrinfo(list); }
};
using AddressList = std::unique_ptr<addrinfo, AddressListFree>;

struct HostPort {
    std::string host, port;
};

Result<HostPort> split_host_port(const std::string& where) {
    const std::size_t colon = where.rfind(':');
    if (colon == std::string::npos || colon + 1 == where.size()) {
        return fail(Code::InvalidInput,
                    "listen: \"" + where + "\" has no port; write HOST:PORT, for example \"[::]:443\"");
    }
    std::string host = where.substr(0, colon);
    if (host.size() >= 2 && host.front() == '[' && host.back() == ']') {
        host = host.substr(1, host.size() - 2);
    } else if (host.find(':') != std::string::npos) {
        return fail(Code::InvalidInput,
                    "listen: \"" + where + "\": an IPv6 address stands in brackets, for example \"[::]:443\"");
    }
    return HostPort{std::move(host), where.substr(colon + 1)};
}

std::string advice_for(int error) {
    switch (error) {
        case EADDRINUSE:
            return ": the port is in use by another program (`ss -ltnp` names it)";
        case EACCES:
            return ": not permitted; ports below 1024 need root, or AmbientCapabilities=CAP_NET_BIND_SERVICE in the "
                   "unit";
        case EADDRNOTAVAIL:
            return ": no interface of this machine has that address";
        case EAFNOSUPPORT:
            return ": this machine has no IPv6; write \"0.0.0.0:PORT\"";
        default:
            return std::string(": ") + std::strerror(error);
    }
}

// A socket bound to the first address that works, or the errno of the last one that did not.
int bind_first(const addrinfo* list, int& error) {
    for (const addrinfo* a = list; a != nullptr; a = a->ai_next) {
        const int fd = socket(a->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (fd < 0) {
            error = errno;
            continue;
        }
        const int on = 1;
        const int off = 0;
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        if (a->ai_family == AF_INET6) setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
        if (bind(fd, a->ai_addr, a->ai_addrlen) == 0 && listen(fd, kBacklog) == 0) return fd;
        error = errno;
        close(fd);
    }
    return -1;
}

std::uint16_t bound_port(int fd) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    if (getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) return 0;
    if (address.ss_family == AF_INET6) return ntohs(reinterpret_cast<const sockaddr_in6&>(address).sin6_port);
    return ntohs(reinterpret_cast<const sockaddr_in&>(address).sin_port);
}

}  // namespace

Result<std::unique_ptr<Listener>> Listener::open(net::Loop& loop, const std::string& where,
                                                 std::function<void(int fd)> accepted) {
    const auto host_port = split_host_port(where);
    if (!host_port) return fail(host_port.error().code, host_port.error().message);
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_PASSIVE;
    addrinfo* found = nullptr;
    const int failed = getaddrinfo(host_port->host.empty() ? nullptr : host_port->host.c_str(), host_port->port.c_str(),
                                   &hints, &found);
    if (failed != 0) return fail(Code::InvalidInput, "listen: \"" + where + "\": " + gai_strerror(failed));
    const AddressList list(found);
    int error = 0;
    const int fd = bind_first(list.get(), error);
    if (fd < 0) return fail(Code::InvalidInput, "cannot listen on " + where + advice_for(error));
    return std::unique_ptr<Listener>(new Listener(loop, fd, where, std::move(accepted)));
}

Listener::Listener(net::Loop& loop, int fd, std::string where, std::function<void(int fd)> accepted)
    : loop_(loop),
      fd_(fd),
      port_(bound_port(fd)),
      address_(where.substr(0, where.rfind(':') + 1) + std::to_string(port_)),
      accepted_(std::move(accepted)),
      watch_(loop.watch(fd, [this](bool, bool) { accept_waiting(); })) {
    watch_->set(true, false);
}

Listener::~Listener() {
    watch_.reset();
    close(fd_);
}

void Listener::accept_waiting() {
    for (int i = 0; i < kAcceptsAtOnce; ++i) {
        const int fd = accept4(fd_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            const int on = 1;
            setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
            setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &kUnacknowledgedFor_ms, sizeof kUnacknowledgedFor_ms);
            accepted_(fd);
            continue;
        }
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            log::error("cannot accept connections on " + address_ + ": " + std::strerror(errno) +
                       "; raise LimitNOFILE, or lower limits.links");
            watch_->set(false, false);
            pause_ = loop_.after(std::chrono::seconds(1), [this] { watch_->set(true, false); });
            return;
        }
        if (errno == EAGAIN) return;  // anything else concerns one connection only
    }
}

}  // namespace culvert::tunnel::relay
