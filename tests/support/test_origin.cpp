#include "tests/support/test_origin.h"

#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <utility>

#include "common/base/check.h"
#include "tests/support/loopback.h"

namespace culvert::test {
namespace {

constexpr int kLook_ms = 10;

struct SslFree {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
};
struct SslContextFree {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};

class SocketConnection final : public TestOrigin::Connection {
  public:
    SocketConnection(int fd, SSL* ssl, const std::atomic<bool>& stopping) : fd_(fd), ssl_(ssl), stopping_(stopping) {}

    std::string read_some() override {
        while ((ssl_ == nullptr || SSL_pending(ssl_) == 0) && !wait_readable(fd_, kLook_ms)) {
            if (stopping_) return {};
        }
        std::array<char, 16384> buffer;
        const auto count = ssl_ != nullptr ? SSL_read(ssl_, buffer.data(), static_cast<int>(buffer.size()))
                                           : static_cast<int>(::recv(fd_, buffer.data(), buffer.size(), 0));
        return count > 0 ? std::string(buffer.data(), static_cast<std::size_t>(count)) : std::string();
    }
    bool write(const std::string& bytes) override {
        if (ssl_ != nullptr) return SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size())) > 0;
        return write_all(fd_, bytes);
    }
    void reset_at_end() override {
        const linger now{1, 0};
        ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    }

  private:
    const int fd_;
    SSL* const ssl_;
    const std::atomic<bool>& stopping_;
};

}  // namespace

struct TestOrigin::Tls {
    std::unique_ptr<SSL_CTX, SslContextFree> context{SSL_CTX_new(TLS_server_method())};
};

std::string TestOrigin::Connection::read_head() {
    std::string head;
    while (head.find("\r\n\r\n") == std::string::npos) {
        const std::string more = read_some();
        if (more.empty()) break;
        head += more;
    }
    return head;
}

TestOrigin::TestOrigin(std::optional<crypto::WebCertificate> certificate, Script script,
                       std::function<void()> on_accept)
    : script_(std::move(script)), on_accept_(std::move(on_accept)) {
    if (certificate) {
        tls_ = std::make_unique<Tls>();
        BIO* certificate_bio =
            BIO_new_mem_buf(certificate->certificate_pem.data(), static_cast<int>(certificate->certificate_pem.size()));
        BIO* key_bio = BIO_new_mem_buf(certificate->key_pem.data(), static_cast<int>(certificate->key_pem.size()));
        X509* x509 = PEM_read_bio_X509(certificate_bio, nullptr, nullptr, nullptr);
        EVP_PKEY* key = PEM_read_bio_PrivateKey(key_bio, nullptr, nullptr, nullptr);
        CULVERT_CHECK(SSL_CTX_use_certificate(tls_->context.get(), x509) == 1);
        CULVERT_CHECK(SSL_CTX_use_PrivateKey(tls_->context.get(), key) == 1);
        X509_free(x509);
        EVP_PKEY_free(key);
        BIO_free(certificate_bio);
        BIO_free(key_bio);
    }
    const LoopbackListener listener = listen_on_loopback();
    listener_ = listener.fd;
    port_ = listener.port;
    accepting_ = std::thread([this] { accept_all(); });
}

TestOrigin::~TestOrigin() {
    stopping_ = true;
    accepting_.join();
    for (std::thread& thread : serving_) thread.join();
    ::close(listener_);
}

TestOrigin::Script TestOrigin::echo() {
    return [](Connection& connection) {
        for (std::string bytes = connection.read_some(); !bytes.empty(); bytes = connection.read_some())
            connection.write(bytes);
    };
}

TestOrigin::Script TestOrigin::answer_once(std::string text) {
    return [text = std::move(text)](Connection& connection) {
        connection.read_head();
        connection.write(text);
    };
}

TestOrigin::Script TestOrigin::never_speak() {
    return [](Connection& connection) {
        while (!connection.read_some().empty()) {
        }
    };
}

void TestOrigin::accept_all() {
    while (!stopping_) {
        if (!wait_readable(listener_, kLook_ms)) continue;
        const int fd = ::accept(listener_, nullptr, nullptr);
        if (fd < 0) continue;
        ++connections_;
        serving_.emplace_back([this, fd] { serve(fd); });
    }
}

void TestOrigin::serve(int fd) {
    if (on_accept_) on_accept_();
    std::unique_ptr<SSL, SslFree> ssl;
    bool ready = true;
    if (tls_ != nullptr) {
        const timeval patience{5, 0};
        ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        ssl.reset(SSL_new(tls_->context.get()));
        SSL_set_fd(ssl.get(), fd);
        ready = SSL_accept(ssl.get()) == 1;
    }
    SocketConnection connection(fd, ssl.get(), stopping_);
    if (ready) script_(connection);
    if (ready && ssl != nullptr) SSL_shutdown(ssl.get());
    ssl.reset();
    ::close(fd);
}

}  // namespace culvert::test
