#include "tunnel/pac/own_address.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <memory>

namespace culvert::tunnel::pac {
namespace {

constexpr const char* kFarAway = "192.0.2.1";  // TEST-NET-1: routed like the internet, used by nobody
constexpr std::uint16_t kAnyPort = 9;

std::string text_of(const in_addr& address) {
    std::array<char, INET_ADDRSTRLEN> text{};
    ::inet_ntop(AF_INET, &address, text.data(), text.size());
    return text.data();
}

// A datagram socket learns its own address when it is connected, before anything is sent.
std::optional<std::string> address_of_route() {
    const int fd = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return std::nullopt;
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(kAnyPort);
    ::inet_pton(AF_INET, kFarAway, &address.sin_addr);
    socklen_t size = sizeof address;
    const bool known = ::connect(fd, reinterpret_cast<const sockaddr*>(&address), size) == 0 &&
                       ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0;
    ::close(fd);
    if (!known) return std::nullopt;
    return text_of(address.sin_addr);
}

std::optional<std::string> address_of_interface() {
    ifaddrs* first = nullptr;
    if (::getifaddrs(&first) != 0) return std::nullopt;
    const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> list(first, &::freeifaddrs);
    for (const ifaddrs* entry = list.get(); entry != nullptr; entry = entry->ifa_next) {
        const bool usable = entry->ifa_addr != nullptr && entry->ifa_addr->sa_family == AF_INET &&
                            (entry->ifa_flags & IFF_UP) != 0 && (entry->ifa_flags & IFF_LOOPBACK) == 0;
        if (usable) return text_of(reinterpret_cast<const sockaddr_in*>(entry->ifa_addr)->sin_addr);
    }
    return std::nullopt;
}

}  // namespace

std::optional<std::string> own_address() {
    if (auto address = address_of_route()) return address;
    return address_of_interface();
}

}  // namespace culvert::tunnel::pac
