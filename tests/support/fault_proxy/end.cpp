#include "tests/support/fault_proxy/end.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "common/base/clock.h"

namespace culvert::test {
namespace {

constexpr int kLook_ms = 50;

}  // namespace

End::End(int fd) : fd_(fd) {
    ::fcntl(fd_, F_SETFL, ::fcntl(fd_, F_GETFL) | O_NONBLOCK);
    const int on = 1;
    ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

End::~End() {
    ssl_.reset();
    ::close(fd_);
}

Status End::accept_tls(SSL_CTX* context, Duration patience) {
    ssl_.reset(SSL_new(context));
    SSL_set_fd(ssl_.get(), fd_);
    return handshake(&SSL_accept, patience);
}

Status End::connect_tls(SSL_CTX* context, const std::string& server_name, Duration patience) {
    ssl_.reset(SSL_new(context));
    SSL_set_fd(ssl_.get(), fd_);
    SSL_set_tlsext_host_name(ssl_.get(), server_name.c_str());
    return handshake(&SSL_connect, patience);
}

Status End::handshake(int (*step)(SSL*), Duration patience) {
    SSL_set_mode(ssl_.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    const SystemClock clock;
    const SteadyTime deadline = clock.steady_now() + patience;
    for (;;) {
        ERR_clear_error();
        const int result = step(ssl_.get());
        if (result == 1) return {};
        const int error = SSL_get_error(ssl_.get(), result);
        if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) {
            const char* reason = ERR_reason_error_string(ERR_peek_last_error());
            return fail(Code::Disconnected, reason != nullptr ? reason : "the connection ended in the TLS handshake");
        }
        if (clock.steady_now() > deadline) return fail(Code::Timeout, "the TLS handshake did not end");
        pollfd wait{fd_, static_cast<short>(error == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT), 0};
        ::poll(&wait, 1, kLook_ms);
    }
}

End::Read End::read(char* to, std::size_t most) {
    if (ssl_) {
        ERR_clear_error();
        const int got = SSL_read(ssl_.get(), to, static_cast<int>(most));
        if (got > 0) return {Got::Bytes, static_cast<std::size_t>(got)};
        const int error = SSL_get_error(ssl_.get(), got);
        if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) return {};
        return {error == SSL_ERROR_ZERO_RETURN ? Got::Finished : Got::Broken, 0};
    }
    const ssize_t got = ::recv(fd_, to, most, 0);
    if (got > 0) return {Got::Bytes, static_cast<std::size_t>(got)};
    if (got == 0) return {Got::Finished, 0};
    return {errno == EAGAIN || errno == EINTR ? Got::Nothing : Got::Broken, 0};
}

long End::write(std::string_view bytes) {
    if (ssl_) {
        ERR_clear_error();
        const int sent = SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()));
        if (sent > 0) return sent;
        const int error = SSL_get_error(ssl_.get(), sent);
        return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? 0 : -1;
    }
    const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0) return static_cast<long>(sent);
    return errno == EAGAIN || errno == EINTR ? 0 : -1;
}

std::string End::chosen_alpn() const {
    const unsigned char* name = nullptr;
    unsigned length = 0;
    if (ssl_) SSL_get0_alpn_selected(ssl_.get(), &name, &length);
    return std::string(reinterpret_cast<const char*>(name), length);
}

void End::reset_on_close() {
    const linger at_once{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

}  // namespace culvert::test
