#include "tests/support/raw_link.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <deque>

#include "common/base/check.h"
#include "common/base/text.h"

namespace culvert::test {
namespace {

using tunnel::envelope::Envelope;
using tunnel::envelope::Kind;

constexpr int kPatience_s = 5;
constexpr unsigned kText = 1, kBinary = 2, kClose = 8, kPing = 9, kPong = 10;

int connect_to(std::uint16_t port) {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CULVERT_CHECK(fd >= 0);
    const timeval patience{kPatience_s, 0};
    const int on = 1;
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CULVERT_CHECK(connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    return fd;
}

struct SslFree {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};

}  // namespace

struct RawLink::State {
    ~State() {
        ssl.reset();
        if (fd >= 0) ::close(fd);
    }

    int fd = -1;
    std::unique_ptr<SSL, SslFree> ssl;
    std::string buffer;
    std::deque<Envelope> received;
    bool timed_out = false;
    int pings = 0;
    int enough_pings = -1;
};

RawLink::RawLink(std::uint16_t port, Tls tls) : state_(std::make_unique<State>()) {
    state_->fd = connect_to(port);
    if (tls == Tls::Off) return;
    static const std::unique_ptr<SSL_CTX, SslFree> context(SSL_CTX_new(TLS_client_method()));
    state_->ssl.reset(SSL_new(context.get()));
    SSL_set_fd(state_->ssl.get(), state_->fd);
    CULVERT_CHECK(SSL_connect(state_->ssl.get()) == 1);
}

RawLink::RawLink(RawLink&&) noexcept = default;
RawLink::~RawLink() = default;

bool RawLink::write_all(const std::string& bytes) {
    std::size_t done = 0;
    while (done < bytes.size()) {
        const std::size_t rest = bytes.size() - done;
        const auto count = state_->ssl ? SSL_write(state_->ssl.get(), bytes.data() + done, static_cast<int>(rest))
                                       : static_cast<int>(::send(state_->fd, bytes.data() + done, rest, MSG_NOSIGNAL));
        if (count <= 0) return false;
        done += static_cast<std::size_t>(count);
    }
    return true;
}

bool RawLink::read_more() {
    char chunk[16384];
    const auto count = state_->ssl ? SSL_read(state_->ssl.get(), chunk, sizeof chunk)
                                   : static_cast<int>(::recv(state_->fd, chunk, sizeof chunk, 0));
    if (count <= 0) {
        state_->timed_out =
            state_->ssl ? SSL_get_error(state_->ssl.get(), count) == SSL_ERROR_WANT_READ : count < 0 && errno == EAGAIN;
        return false;
    }
    state_->buffer.append(chunk, static_cast<std::size_t>(count));
    return true;
}

std::string RawLink::http(const std::string& request) {
    write_all(request);
    while (read_more()) {
    }
    return std::exchange(state_->buffer, {});
}

int RawLink::upgrade(const std::string& path, const std::string& subprotocol) {
    std::string request = "GET " + path +
                          " HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
                          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n";
    if (!subprotocol.empty()) request += "Sec-WebSocket-Protocol: " + subprotocol + "\r\n";
    write_all(request + "\r\n");
    while (state_->buffer.find("\r\n\r\n") == std::string::npos) {
        if (!read_more()) break;
    }
    const std::string& head = state_->buffer;
    const int status = head.size() > 12 ? std::atoi(head.c_str() + 9) : 0;
    const std::size_t end = head.find("\r\n\r\n");
    if (end != std::string::npos) state_->buffer.erase(0, end + 4);
    return status;
}

void RawLink::send_message(const std::string& message, bool binary) {
    send_frame(binary ? kBinary : kText, message);
}

void RawLink::send_frame(unsigned opcode, const std::string& message) {
    std::string frame(1, static_cast<char>(0x80 | opcode));
    if (message.size() < 126) {
        frame += static_cast<char>(0x80 | message.size());
    } else if (message.size() <= 0xffff) {
        frame += static_cast<char>(0x80 | 126);
        for (int shift = 8; shift >= 0; shift -= 8) frame += static_cast<char>(message.size() >> shift & 0xff);
    } else {
        frame += static_cast<char>(0x80 | 127);
        for (int shift = 56; shift >= 0; shift -= 8) frame += static_cast<char>(message.size() >> shift & 0xff);
    }
    frame += std::string(4, '\0');  // a mask that changes nothing
    write_all(frame + message);
}

void RawLink::send(const Envelope& envelope) {
    std::string message;
    append_to(message, envelope);
    send_message(message);
}

std::optional<std::string> RawLink::read_message() {
    std::string message;
    for (;;) {
        const auto byte = [this](std::size_t i) {
            return static_cast<std::size_t>(static_cast<unsigned char>(state_->buffer[i]));
        };
        std::size_t header = 2;
        std::size_t length = 0;
        const auto need = [this](std::size_t count) {
            while (state_->buffer.size() < count) {
                if (!read_more()) return false;
            }
            return true;
        };
        if (!need(2)) return std::nullopt;
        length = byte(1) & 0x7f;
        if (length == 126) {
            if (!need(header = 4)) return std::nullopt;
            length = byte(2) << 8 | byte(3);
        } else if (length == 127) {
            if (!need(header = 10)) return std::nullopt;
            length = 0;
            for (std::size_t i = 2; i < 10; ++i) length = length << 8 | byte(i);
        }
        if (!need(header + length)) return std::nullopt;
        const unsigned opcode = static_cast<unsigned>(byte(0)) & 0x0f;
        const bool final = (byte(0) & 0x80) != 0;
        const std::string payload = state_->buffer.substr(header, length);
        state_->buffer.erase(0, header + length);
        if (opcode == kClose) return std::nullopt;
        if (opcode == kPing) {
            ++state_->pings;
            send_frame(kPong, payload);
            if (state_->pings == state_->enough_pings) return std::nullopt;
        }
        if (opcode > kClose) continue;
        message += payload;
        if (final) return message;
    }
}

std::optional<Envelope> RawLink::receive() {
    if (state_->received.empty()) {
        const auto message = read_message();
        if (!message) return std::nullopt;
        std::string_view rest = *message;
        while (!rest.empty()) {
            const auto taken = tunnel::envelope::take_front(rest);
            CULVERT_CHECK(taken.has_value());
            state_->received.push_back({taken->kind, taken->from, taken->to, std::string(taken->body)});
        }
    }
    if (state_->received.empty()) return std::nullopt;
    Envelope first = std::move(state_->received.front());
    state_->received.pop_front();
    return first;
}

std::vector<Envelope> RawLink::receive_batch() {
    std::vector<Envelope> batch;
    if (auto first = receive()) {
        batch.push_back(*std::move(first));
        while (!state_->received.empty()) batch.push_back(*receive());
    }
    return batch;
}

std::optional<Envelope> RawLink::receive(Kind kind) {
    while (auto envelope = receive()) {
        if (envelope->kind == kind) return envelope;
    }
    return std::nullopt;
}

void RawLink::answer_pings(int count) {
    state_->enough_pings = state_->pings + count;
    CULVERT_CHECK(!read_message().has_value() && state_->pings == state_->enough_pings);
    state_->enough_pings = -1;
}

bool RawLink::ended() {
    while (receive()) {
    }
    return !state_->timed_out;
}

tunnel::envelope::Challenge RawLink::take_challenge() {
    const auto envelope = receive(Kind::Challenge);
    CULVERT_CHECK(envelope.has_value());
    auto challenge = tunnel::envelope::parse_challenge(envelope->body);
    CULVERT_CHECK(challenge.has_value());
    return *std::move(challenge);
}

tunnel::envelope::Hello RawLink::signed_hello(const crypto::Identity& identity,
                                              const tunnel::envelope::Challenge& challenge, std::uint64_t instance,
                                              bool enrols) const {
    tunnel::envelope::Hello hello;
    hello.certificate_der = identity.certificate_der();
    hello.role = identity.member().role;
    hello.instance = instance;
    hello.enrols = enrols;
    hello.software = "test";
    hello.signature = identity.sign(tunnel::envelope::signed_text(challenge, hello.role, instance)).value();
    return hello;
}

Envelope RawLink::say_hello(const crypto::Identity& identity, std::uint64_t instance, bool enrols) {
    send({Kind::Hello, {}, {}, encode(signed_hello(identity, take_challenge(), instance, enrols))});
    auto answer = receive();
    CULVERT_CHECK(answer.has_value());
    return *std::move(answer);
}

std::string RawLink::certificate_sha256() {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    X509_digest(SSL_get0_peer_certificate(state_->ssl.get()), EVP_sha256(), digest, &size);
    return to_hex({digest, size});
}

RawLink admitted_link(std::uint16_t port, const crypto::Identity& identity, std::uint64_t instance, bool enrols) {
    RawLink link(port);
    CULVERT_CHECK(link.upgrade() == 101);
    CULVERT_CHECK(link.say_hello(identity, instance, enrols).kind == Kind::Admitted);
    return link;
}

}  // namespace culvert::test
