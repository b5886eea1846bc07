#include "controller/run/control_socket.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include <fmt/format.h>

namespace culvert::run {
namespace {

constexpr int kBacklog = 16;

// A socket's name has room for 107 characters only; a longer path is reached through its folder's descriptor.
class SocketAddress {
  public:
    explicit SocketAddress(const std::filesystem::path& socket) {
        address_.sun_family = AF_UNIX;
        std::string name = socket.string();
        if (name.size() >= sizeof address_.sun_path) {
            folder_ = ::open(socket.parent_path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
            name = fmt::format("/proc/self/fd/{}/{}", folder_, socket.filename().string());
        }
        fits_ = name.size() < sizeof address_.sun_path;
        if (fits_) std::memcpy(address_.sun_path, name.data(), name.size());
    }
    ~SocketAddress() {
        if (folder_ >= 0) ::close(folder_);
    }
    SocketAddress(const SocketAddress&) = delete;
    SocketAddress& operator=(const SocketAddress&) = delete;

    bool fits() const { return fits_; }
    const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&address_); }
    socklen_t size() const { return sizeof address_; }

  private:
    sockaddr_un address_{};
    int folder_ = -1;
    bool fits_ = false;
};

tl::unexpected<Error> failed(Code code, const char* what, const std::filesystem::path& socket) {
    return fail(code, fmt::format("{} {}: {}", what, socket.string(), std::strerror(errno)));
}

}  // namespace

Result<int> connect_to(const std::filesystem::path& socket) {
    const SocketAddress address(socket);
    if (!address.fits()) return fail(Code::InvalidInput, socket.string() + ": the name is too long for a socket");
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return failed(Code::Internal, "socket", socket);
    if (::connect(fd, address.get(), address.size()) == 0) return fd;
    auto error = failed(Code::Disconnected, "reaching the run at", socket);
    ::close(fd);
    return error;
}

Result<int> listen_on(const std::filesystem::path& socket) {
    if (const auto other = connect_to(socket)) {
        ::close(*other);
        return fail(Code::InvalidInput, socket.string() + ": another run uses this folder");
    }
    const SocketAddress address(socket);
    if (!address.fits()) return fail(Code::InvalidInput, socket.string() + ": the name is too long for a socket");
    ::unlink(socket.c_str());
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return failed(Code::Internal, "socket", socket);
    ::fchmod(fd, 0600);  // before bind: the file gets this mode
    if (::bind(fd, address.get(), address.size()) == 0 && ::chmod(socket.c_str(), 0600) == 0 &&
        ::listen(fd, kBacklog) == 0)
        return fd;
    auto error = failed(Code::InvalidInput, "listening on", socket);
    ::close(fd);
    return error;
}

}  // namespace culvert::run
