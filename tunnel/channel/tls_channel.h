// Channel over OpenSSL's memory BIOs.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "tunnel/channel/channel.h"
#include "tunnel/channel/tls_context.h"

namespace culvert::tunnel::channel {

class TlsChannel final : public Channel {
  public:
    // `expected`: the only peer this end talks to; nothing: any controller.
    TlsChannel(End end, const crypto::Identity& identity, const crypto::MeshTrust& trust,
               std::optional<NodeId> expected, ChannelEvents events);

    void start() override;
    void feed(std::string_view ciphertext) override;
    Status write(std::string_view plaintext) override;
    void close() override;
    bool open() const override { return state_ == State::Open; }
    const NodeId& peer_id() const override { return peer_.id; }
    const std::string& peer_name() const override { return peer_.name; }
    const crypto::Member& peer() const override { return peer_; }

  private:
    enum class State { New, Handshake, Open, Closed };
    // Events and a life sign, kept by whoever is calling out, so that the channel may be destroyed under it.
    struct Shared {
        ChannelEvents events;
        bool alive = true;
    };
    struct EndOfLife {
        std::shared_ptr<Shared> shared;
        ~EndOfLife() { shared->alive = false; }
    };

    static int verify_certificate(X509_STORE_CTX* context, void* channel) noexcept;
    static void note_alert(const SSL* tls, int where, int value) noexcept;
    bool peer_is_welcome(X509_STORE_CTX* context);
    Error examine_peer(std::string_view certificate_der, int& verify_error);

    // Each of these may have destroyed the channel when it returns false.
    bool advance_handshake(const std::shared_ptr<Shared>& shared);
    bool read_plaintext(const std::shared_ptr<Shared>& shared);
    bool send_pending(const std::shared_ptr<Shared>& shared);
    bool fail_with(const std::shared_ptr<Shared>& shared, Error error);
    Error explain(int tls_result);

    const crypto::MeshTrust& trust_;
    const std::optional<NodeId> expected_;
    const std::shared_ptr<Shared> shared_;
    const EndOfLife end_of_life_{shared_};
    const ContextHandle context_;
    const TlsHandle tls_;
    BIO* const incoming_;  // owned by tls_
    BIO* const outgoing_;  // owned by tls_
    State state_ = State::New;
    crypto::Member peer_;
    std::optional<Error> refusal_;  // why the peer's certificate was refused
    int alert_ = -1;                // fatal alert that the peer sent
};

}  // namespace culvert::tunnel::channel
