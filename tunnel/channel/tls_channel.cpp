#include "tunnel/channel/tls_channel.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "common/base/check.h"

namespace culvert::tunnel::channel {
namespace {

constexpr std::size_t kInputSlice = 16 << 10;  // what OpenSSL holds undigested: one slice and one unfinished record

BIO* new_memory_bio() {
    BIO* const bio = BIO_new(BIO_s_mem());
    CULVERT_CHECK(bio != nullptr);
    BIO_set_mem_eof_return(bio, -1);
    return bio;
}

std::string certificate_der_of(X509* certificate) {
    unsigned char* octets = nullptr;
    const int length = i2d_X509(certificate, &octets);
    if (length <= 0) return {};
    std::string der(reinterpret_cast<char*>(octets), static_cast<std::size_t>(length));
    OPENSSL_free(octets);
    return der;
}

}  // namespace

std::unique_ptr<Channel> Channel::client(const crypto::Identity& identity, const crypto::MeshTrust& trust, NodeId peer,
                                         ChannelEvents events) {
    return std::make_unique<TlsChannel>(End::Client, identity, trust, peer, std::move(events));
}

std::unique_ptr<Channel> Channel::server(const crypto::Identity& identity, const crypto::MeshTrust& trust,
                                         ChannelEvents events) {
    return std::make_unique<TlsChannel>(End::Server, identity, trust, std::nullopt, std::move(events));
}

TlsChannel::TlsChannel(End end, const crypto::Identity& identity, const crypto::MeshTrust& trust,
                       std::optional<NodeId> expected, ChannelEvents events)
    : trust_(trust),
      expected_(expected),
      shared_(std::make_shared<Shared>(Shared{std::move(events)})),
      context_(make_context(end, identity)),
      tls_(SSL_new(context_.get())),
      incoming_(new_memory_bio()),
      outgoing_(new_memory_bio()) {
    CULVERT_CHECK(tls_ != nullptr);
    SSL_CTX_set_cert_verify_callback(context_.get(), &TlsChannel::verify_certificate, this);
    CULVERT_CHECK(SSL_set_app_data(tls_.get(), this) == 1);
    SSL_set_info_callback(tls_.get(), &TlsChannel::note_alert);
    SSL_set_bio(tls_.get(), incoming_, outgoing_);
    if (end == End::Client) {
        SSL_set_connect_state(tls_.get());
    } else {
        SSL_set_accept_state(tls_.get());
    }
}

int TlsChannel::verify_certificate(X509_STORE_CTX* context, void* channel) noexcept {
    return static_cast<TlsChannel*>(channel)->peer_is_welcome(context) ? 1 : 0;
}

void TlsChannel::note_alert(const SSL* tls, int where, int value) noexcept {
    const bool fatal_from_peer = (where & SSL_CB_READ_ALERT) == SSL_CB_READ_ALERT && (value >> 8) == SSL3_AL_FATAL;
    if (fatal_from_peer) static_cast<TlsChannel*>(SSL_get_app_data(tls))->alert_ = value & 0xff;
}

bool TlsChannel::peer_is_welcome(X509_STORE_CTX* context) {
    int verify_error = X509_V_ERR_CERT_REJECTED;
    X509* const certificate = X509_STORE_CTX_get0_cert(context);
    Error refusal =
        examine_peer(certificate != nullptr ? certificate_der_of(certificate) : std::string(), verify_error);
    if (verify_error == X509_V_OK) {
        X509_STORE_CTX_set_error(context, X509_V_OK);
        return true;
    }
    refusal_ = std::move(refusal);
    X509_STORE_CTX_set_error(context, verify_error);
    return false;
}

// Sets peer_ and X509_V_OK, or says why not.
Error TlsChannel::examine_peer(std::string_view certificate_der, int& verify_error) {
    auto member = trust_.examine(certificate_der, expected_ ? Role::Agent : Role::Controller);
    if (!member) {
        verify_error = verify_error_of(member.error().reason);
        return member.error().error;
    }
    if (expected_ && member->id != *expected_) {
        verify_error = X509_V_ERR_CERT_REJECTED;
        return Error{Code::Unauthorized, fmt::format("{} ({}) answered in place of the agent that was called ({})",
                                                     member->name, short_id(member->id), short_id(*expected_))};
    }
    verify_error = X509_V_OK;
    peer_ = std::move(*member);
    return {};
}

void TlsChannel::start() {
    CULVERT_CHECK(state_ == State::New);
    state_ = State::Handshake;
    advance_handshake(std::shared_ptr<Shared>(shared_));
}

void TlsChannel::feed(std::string_view ciphertext) {
    const std::shared_ptr<Shared> shared = shared_;
    CULVERT_CHECK(state_ != State::New);
    while (!ciphertext.empty() && state_ != State::Closed) {
        const std::string_view slice = ciphertext.substr(0, kInputSlice);
        ciphertext.remove_prefix(slice.size());
        CULVERT_CHECK(BIO_write(incoming_, slice.data(), static_cast<int>(slice.size())) ==
                      static_cast<int>(slice.size()));
        if (state_ == State::Handshake && !advance_handshake(shared)) return;
        if (state_ == State::Open && !read_plaintext(shared)) return;
    }
}

bool TlsChannel::advance_handshake(const std::shared_ptr<Shared>& shared) {
    ERR_clear_error();
    const int result = SSL_do_handshake(tls_.get());
    if (result != 1) {
        if (SSL_get_error(tls_.get(), result) == SSL_ERROR_WANT_READ) return send_pending(shared);
        return fail_with(shared, explain(result));
    }
    state_ = State::Open;
    if (!send_pending(shared)) return false;
    if (shared->events.on_open) shared->events.on_open();
    return shared->alive;
}

bool TlsChannel::read_plaintext(const std::shared_ptr<Shared>& shared) {
    std::array<char, kInputSlice> plaintext;
    while (state_ == State::Open) {
        ERR_clear_error();
        const int count = SSL_read(tls_.get(), plaintext.data(), static_cast<int>(plaintext.size()));
        if (count <= 0) {
            if (SSL_get_error(tls_.get(), count) == SSL_ERROR_WANT_READ)
                return send_pending(shared);  // the peer may have asked for new keys
            return fail_with(shared, explain(count));
        }
        if (shared->events.on_plaintext)
            shared->events.on_plaintext({plaintext.data(), static_cast<std::size_t>(count)});
        if (!shared->alive) return false;
    }
    return true;
}

Status TlsChannel::write(std::string_view plaintext) {
    if (state_ != State::Open) return fail(Code::Disconnected, "the channel is not open");
    const std::shared_ptr<Shared> shared = shared_;
    while (!plaintext.empty()) {
        ERR_clear_error();
        const int length = static_cast<int>(std::min<std::size_t>(plaintext.size(), 1 << 20));
        const int taken = SSL_write(tls_.get(), plaintext.data(), length);
        if (taken <= 0) {
            Error error = explain(taken);
            fail_with(shared, error);
            return tl::unexpected<Error>(std::move(error));
        }
        plaintext.remove_prefix(static_cast<std::size_t>(taken));
        if (!send_pending(shared) || state_ != State::Open)
            return fail(Code::Disconnected, "the channel was closed while it was written to");
    }
    return {};
}

bool TlsChannel::send_pending(const std::shared_ptr<Shared>& shared) {
    while (const std::size_t pending = BIO_ctrl_pending(outgoing_)) {
        std::string piece(std::min(pending, kLargestPiece), '\0');
        const int count = BIO_read(outgoing_, piece.data(), static_cast<int>(piece.size()));
        CULVERT_CHECK(count == static_cast<int>(piece.size()));
        if (shared->events.on_ciphertext) shared->events.on_ciphertext(std::move(piece));
        if (!shared->alive) return false;
    }
    return true;
}

void TlsChannel::close() {
    const bool was_open = state_ == State::Open;
    state_ = State::Closed;
    if (!was_open) return;
    const std::shared_ptr<Shared> shared = shared_;
    SSL_shutdown(tls_.get());
    ERR_clear_error();
    send_pending(shared);
}

bool TlsChannel::fail_with(const std::shared_ptr<Shared>& shared, Error error) {
    if (state_ == State::Closed) return false;
    state_ = State::Closed;
    // The alert that tells the peer why.
    if (!send_pending(shared)) return false;
    if (shared->events.on_closed) shared->events.on_closed(error);
    return false;
}

Error TlsChannel::explain(int tls_result) {
    if (refusal_) return *refusal_;
    const int kind = SSL_get_error(tls_.get(), tls_result);
    const std::string who = peer_.name.empty() ? "the peer" : peer_.name;
    if (kind == SSL_ERROR_ZERO_RETURN) return Error{Code::Disconnected, fmt::format("{} closed the channel", who)};
    if (alert_ >= 0) {
        const bool certificate = alert_ == SSL_AD_UNKNOWN_CA || alert_ == SSL_AD_CERTIFICATE_EXPIRED ||
                                 alert_ == SSL_AD_CERTIFICATE_REVOKED || alert_ == SSL_AD_UNSUPPORTED_CERTIFICATE ||
                                 alert_ == SSL_AD_BAD_CERTIFICATE || alert_ == SSL_AD_CERTIFICATE_UNKNOWN;
        return Error{certificate ? Code::Unauthorized : Code::Disconnected, alert_text(alert_)};
    }
    const std::string reason = crypto::openssl_reason();
    return Error{
        Code::Disconnected,
        fmt::format("what arrived from {} was altered, lost, repeated or out of order on the way ({})", who, reason)};
}

}  // namespace culvert::tunnel::channel
