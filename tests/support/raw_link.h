// A node's end of a link as bytes: blocking, over OpenSSL, so that a test can also say what no honest node would say.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/crypto/identity.h"
#include "tunnel/envelope/admission.h"
#include "tunnel/envelope/envelope.h"

namespace culvert::test {

class RawLink {
  public:
    enum class Tls { On, Off };

    explicit RawLink(std::uint16_t port, Tls tls = Tls::On);
    RawLink(RawLink&&) noexcept;
    ~RawLink();

    // One plain request; the whole answer until the connection ends.
    std::string http(const std::string& request);
    void send_text(const std::string& bytes) { write_all(bytes); }
    // The status of the answer; 101: the link is a WebSocket now.
    int upgrade(const std::string& path = "/mesh", const std::string& subprotocol = "culvert.1");

    // Reads the Challenge, signs it and sends the Hello. The relay's answer: Admitted or Refused.
    tunnel::envelope::Envelope say_hello(const crypto::Identity& identity, std::uint64_t instance = 0,
                                         bool enrols = false);
    tunnel::envelope::Challenge take_challenge();
    tunnel::envelope::Hello signed_hello(const crypto::Identity& identity, const tunnel::envelope::Challenge& challenge,
                                         std::uint64_t instance = 0, bool enrols = false) const;

    void send(const tunnel::envelope::Envelope& envelope);
    void send_message(const std::string& message, bool binary = true);
    // The next envelope; empty: the link has ended, or nothing came for 5 s.
    std::optional<tunnel::envelope::Envelope> receive();
    // All envelopes of the next message, and those that wait already; empty: as above.
    std::vector<tunnel::envelope::Envelope> receive_batch();
    // The next envelope of this kind, skipping others.
    std::optional<tunnel::envelope::Envelope> receive(tunnel::envelope::Kind kind);
    // Answers so many pings of the relay, reading nothing else.
    void answer_pings(int count);
    bool ended();                      // waits for the end, reading what still comes
    std::string certificate_sha256();  // of the server, hex

  private:
    struct State;
    bool write_all(const std::string& bytes);
    bool read_more();
    void send_frame(unsigned opcode, const std::string& payload);
    std::optional<std::string> read_message();

    std::unique_ptr<State> state_;
};

// An upgraded and admitted link.
RawLink admitted_link(std::uint16_t port, const crypto::Identity& identity, std::uint64_t instance = 0,
                      bool enrols = false);

}  // namespace culvert::test
