#include "agent/http/transport.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace culvert::agent::http {
namespace {

using Kind = IoResult::Kind;

socklen_t length_of(const sockaddr_storage& address) {
    return address.ss_family == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
}

std::string text_of(const sockaddr_storage& address) {
    char text[INET6_ADDRSTRLEN] = "";
    if (address.ss_family == AF_INET) {
        const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
        inet_ntop(AF_INET, &v4.sin_addr, text, sizeof text);
        return std::string(text) + ":" + std::to_string(ntohs(v4.sin_port));
    }
    if (address.ss_family != AF_INET6) return {};
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
    inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof text);
    return "[" + std::string(text) + "]:" + std::to_string(ntohs(v6.sin6_port));
}

}  // namespace

IoResult Transport::of_system(int error_number) const {
    if (error_number == ECONNRESET || error_number == EPIPE) return {Kind::Reset, 0, error_number};
    return {Kind::SystemError, 0, error_number};
}

IoResult Transport::connect(const sockaddr_storage& address) {
    fd_ = ::socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd_ < 0) return of_system(errno);
    const int on = 1;
    setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (::connect(fd_, reinterpret_cast<const sockaddr*>(&address), length_of(address)) == 0) return {Kind::Done, 0, 0};
    if (errno == EINPROGRESS) return {Kind::WantWrite, 0, 0};
    return of_system(errno);
}

IoResult Transport::connected() {
    int error_number = 0;
    socklen_t length = sizeof error_number;
    if (getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error_number, &length) != 0) error_number = errno;
    return error_number == 0 ? IoResult{} : IoResult{Kind::SystemError, 0, error_number};
}

void Transport::start_tls(Ssl ssl) {
    ssl_ = std::move(ssl);
    SSL_set_fd(ssl_.get(), fd_);
}

IoResult Transport::handshake() {
    ERR_clear_error();
    const int returned = SSL_do_handshake(ssl_.get());
    if (returned != 1) return of_tls(returned);
    ERR_clear_error();  // looking for a CA leaves some behind
    return {};
}

void Transport::adopt(std::unique_ptr<net::Stream> stream) {
    stream_ = std::move(stream);
    fd_ = stream_->fd();
}

// SSL_get_error wants the thread's queue of errors to be empty before the call that failed. It always is: whatever
// fills it, here or in a handshake, also ends in close(), which clears it.
IoResult Transport::of_tls(int returned) {
    const int error_number = errno;
    const int reason = SSL_get_error(ssl_.get(), returned);
    if (reason == SSL_ERROR_WANT_READ) return {Kind::WantRead, 0, 0};
    if (reason == SSL_ERROR_WANT_WRITE) return {Kind::WantWrite, 0, 0};
    peer_gone_ = true;
    switch (reason) {
        case SSL_ERROR_ZERO_RETURN:
            return {Kind::Closed, 0, 0};
        case SSL_ERROR_SYSCALL:
            return error_number == 0 ? IoResult{Kind::Closed, 0, 0} : of_system(error_number);
        default:
            // A peer that closes without close_notify: HTTP's own framing tells whether anything is missing.
            if (ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING) return {Kind::Closed, 0, 0};
            return {Kind::TlsBroken, 0, 0};
    }
}

IoResult Transport::receive(std::span<char> into) {
    if (ssl_) {
        errno = 0;
        const int count = SSL_read(ssl_.get(), into.data(), static_cast<int>(into.size()));
        return count > 0 ? IoResult{Kind::Done, static_cast<std::size_t>(count), 0} : of_tls(count);
    }
    if (stream_) {
        const auto count = stream_->receive(std::as_writable_bytes(into));
        if (!count) return {Kind::Closed, 0, 0};
        return *count == 0 ? IoResult{Kind::WantRead, 0, 0} : IoResult{Kind::Done, *count, 0};
    }
    const ssize_t count = ::recv(fd_, into.data(), into.size(), 0);
    if (count > 0) return {Kind::Done, static_cast<std::size_t>(count), 0};
    if (count == 0) return {Kind::Closed, 0, 0};
    return errno == EAGAIN || errno == EINTR ? IoResult{Kind::WantRead, 0, 0} : of_system(errno);
}

IoResult Transport::send(std::string_view bytes) {
    if (ssl_) {
        errno = 0;
        const int count = SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()));
        return count > 0 ? IoResult{Kind::Done, static_cast<std::size_t>(count), 0} : of_tls(count);
    }
    if (stream_) {
        const auto count = stream_->send(std::as_bytes(std::span(bytes.data(), bytes.size())));
        if (!count) return {Kind::Reset, 0, ECONNRESET};
        return *count == 0 ? IoResult{Kind::WantWrite, 0, 0} : IoResult{Kind::Done, *count, 0};
    }
    const ssize_t count = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count >= 0) return {Kind::Done, static_cast<std::size_t>(count), 0};
    return errno == EAGAIN || errno == EINTR ? IoResult{Kind::WantWrite, 0, 0} : of_system(errno);
}

bool Transport::has_pending() const {
    return ssl_ != nullptr && SSL_has_pending(ssl_.get()) == 1;
}

std::string Transport::tls_problem() const {
    return ssl_ ? http::tls_problem(ssl_.get()) : std::string();
}

std::string Transport::local_address() const {
    sockaddr_storage address{};
    socklen_t length = sizeof address;
    return fd_ >= 0 && getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &length) == 0 ? text_of(address)
                                                                                             : std::string();
}

std::string Transport::remote_address() const {
    if (stream_) return stream_->route().remote_address;
    sockaddr_storage address{};
    socklen_t length = sizeof address;
    return fd_ >= 0 && getpeername(fd_, reinterpret_cast<sockaddr*>(&address), &length) == 0 ? text_of(address)
                                                                                             : std::string();
}

// OpenSSL spoils the session of a connection that goes without a shutdown, so one is sent, or at least noted.
void Transport::close() {
    if (ssl_ && SSL_is_init_finished(ssl_.get()) == 1) {
        if (peer_gone_) {
            SSL_set_shutdown(ssl_.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
        } else {
            SSL_shutdown(ssl_.get());
        }
    }
    if (ssl_) ERR_clear_error();
    ssl_.reset();
    peer_gone_ = false;
    if (stream_) {
        stream_.reset();
    } else if (fd_ >= 0) {
        ::close(fd_);
    }
    fd_ = -1;
}

}  // namespace culvert::agent::http
