#include "tests/support/fault_proxy/fault_proxy.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>

#include <fmt/format.h>

#include "common/base/text.h"
#include "tests/support/fault_proxy/tunnel.h"
#include "tests/support/loopback.h"

namespace culvert::test {
namespace {

constexpr int kLook_ms = 10;

struct Address {
    sockaddr_storage storage{};
    socklen_t size = 0;
    const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

std::optional<Address> numeric(const std::string& host, std::uint16_t port) {
    Address out;
    auto* v4 = reinterpret_cast<sockaddr_in*>(&out.storage);
    auto* v6 = reinterpret_cast<sockaddr_in6*>(&out.storage);
    if (::inet_pton(AF_INET, host.c_str(), &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(port);
        out.size = sizeof *v4;
        return out;
    }
    if (::inet_pton(AF_INET6, host.c_str(), &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(port);
        out.size = sizeof *v6;
        return out;
    }
    return std::nullopt;
}

Result<int> dial_address(const Address& to, const std::string& shown) {
    const int fd = ::socket(to.get()->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && ::connect(fd, to.get(), to.size) == 0) return fd;
    const int error = errno;
    if (fd >= 0) ::close(fd);
    return fail(Code::Disconnected, fmt::format("cannot connect to {}: {}", shown, std::strerror(error)));
}

}  // namespace

Result<std::unique_ptr<FaultProxy>> FaultProxy::start(FaultProxySettings settings, EventLog& events) {
    const auto address = numeric(settings.address, settings.port);
    if (!address) return fail(Code::InvalidInput, settings.address + " is not an IP address");
    const int fd = ::socket(address->get()->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int on = 1;
    ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (::bind(fd, address->get(), address->size) != 0 || ::listen(fd, SOMAXCONN) != 0) {
        const int error = errno;
        ::close(fd);
        return fail(Code::Disconnected, fmt::format("cannot listen on {} port {}: {}", settings.address, settings.port,
                                                    std::strerror(error)));
    }
    sockaddr_storage bound{};
    socklen_t size = sizeof bound;
    ::getsockname(fd, reinterpret_cast<sockaddr*>(&bound), &size);
    const std::uint16_t port = ntohs(reinterpret_cast<const sockaddr_in*>(&bound)->sin_port);  // the same place in IPv6
    return std::unique_ptr<FaultProxy>(new FaultProxy(std::move(settings), events, fd, port));
}

FaultProxy::FaultProxy(FaultProxySettings settings, EventLog& events, int listener, std::uint16_t port)
    : settings_(std::move(settings)),
      events_(events),
      listener_(listener),
      port_(port),
      faults_(std::make_shared<const Faults>(settings_.faults)) {
    accepting_ = std::thread([this] { accept_all(); });
}

FaultProxy::~FaultProxy() {
    stopping_ = true;
    accepting_.join();
    for (std::thread& thread : serving_) thread.join();
    ::close(listener_);
}

Faults FaultProxy::faults() const {
    const std::lock_guard lock(mutex_);
    return *faults_;
}

bool FaultProxy::refusal_due() {
    const std::lock_guard lock(mutex_);
    const int times = faults_->answer.times;
    return times < 0 || refusals_++ < times;
}

Status FaultProxy::control(std::string_view line) {
    line = trim(line);
    if (line.empty()) return {};
    Faults changed = faults();
    std::string verb;
    for (const std::string_view word : split(line, ' ')) {
        if (word.empty()) continue;
        if (verb.empty()) {
            verb = word;
            if (verb == "clear") changed = Faults{};
        } else if (verb == "set") {
            if (const Status set = set_fault(changed, word); !set) return set;
        } else {
            return fail(Code::InvalidInput, fmt::format("\"{}\": \"{}\" stands alone", line, verb));
        }
    }
    if (verb == "cut") {
        ++cuts_;
    } else if (verb == "reset") {
        ++resets_;
    } else if (verb == "stall") {
        ++stalls_;
    } else if (verb == "set" || verb == "clear") {
        const std::lock_guard lock(mutex_);
        faults_ = std::make_shared<const Faults>(std::move(changed));
        refusals_ = 0;
    } else {
        return fail(Code::InvalidInput, fmt::format("\"{}\" is not one of set, clear, cut, reset, stall", verb));
    }
    events_.write("control", {{"line", std::string(line)}});
    return {};
}

void FaultProxy::accept_all() {
    int number = 0;
    while (!stopping_) {
        if (!wait_readable(listener_, kLook_ms)) continue;
        const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (client < 0) continue;
        const std::string name = std::to_string(++number);
        serving_.emplace_back([this, client, name] { serve(client, name); });
    }
}

Result<int> FaultProxy::dial(const std::string& host, std::uint16_t port) const {
    const std::string shown = fmt::format("{}:{}", host, port);
    const auto known = settings_.hosts.find(host);
    if (const auto address = numeric(known == settings_.hosts.end() ? host : known->second, port))
        return dial_address(*address, shown);
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (const int error = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found); error != 0)
        return fail(Code::Disconnected, fmt::format("cannot resolve {}: {}", host, ::gai_strerror(error)));
    const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner(found, &::freeaddrinfo);
    Address address;
    std::memcpy(&address.storage, found->ai_addr, found->ai_addrlen);
    address.size = found->ai_addrlen;
    return dial_address(address, shown);
}

void FaultProxy::serve(int client, const std::string& name) {
    events_.write("accepted", {{"connection", name}});
    if (!settings_.forward_to.empty()) {
        const std::size_t colon = settings_.forward_to.rfind(':');
        const std::string host = settings_.forward_to.substr(0, colon);
        const auto server = dial(host, static_cast<std::uint16_t>(std::atoi(settings_.forward_to.c_str() + colon + 1)));
        if (server) return carry(client, *server, name, host, orders());
        events_.write("not_reached", {{"connection", name}, {"why", server.error().message}});
        return close_with_reset(client);
    }
    ConnectRequest request(
        client, settings_.rules, name, events_, [this] { return faults(); }, [this] { return refusal_due(); },
        [this] { return stopping_.load(); });
    if (const auto target = request.next()) {
        const auto server = dial(target->host, target->port);
        if (server) {
            const Orders given = orders();  // who has its 200 may give the next order at once
            if (request.grant()) return carry(client, *server, name, target->host, given);
            ::close(*server);
        } else {
            events_.write("not_reached", {{"connection", name}, {"why", server.error().message}});
            request.refuse(503);
        }
    }
    events_.write("closed", {{"connection", name}});
    ::close(client);
}

void FaultProxy::carry(int client, int server, const std::string& name, const std::string& host, Orders before) {
    ++open_tunnels_;
    Tunnel tunnel(
        client, server, name, events_, [this] { return faults(); },
        [this, before] {
            if (stopping_) return Tunnel::Order::Stop;
            const Orders now = orders();
            if (now.resets != before.resets) return Tunnel::Order::Reset;
            if (now.cuts != before.cuts) return Tunnel::Order::Cut;
            return now.stalls != before.stalls ? Tunnel::Order::Stall : Tunnel::Order::Carry;
        });
    if (settings_.authority == nullptr || tunnel.inspect(*settings_.authority, host)) tunnel.run();
    --open_tunnels_;
}

}  // namespace culvert::test
