// A server on a loopback port, with TLS or without, that does for each connection what a script says.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "common/crypto/web_certificate.h"

namespace culvert::test {

class TestOrigin {
  public:
    // One accepted connection, after its TLS handshake. Blocking; every call gives up when the origin is destroyed.
    class Connection {
      public:
        virtual ~Connection() = default;
        virtual std::string read_some() = 0;  // empty: ended
        virtual bool write(const std::string& bytes) = 0;
        virtual void reset_at_end() = 0;  // the connection will end with a reset
        std::string read_head();          // up to the first empty line
    };
    using Script = std::function<void(Connection&)>;

    // No certificate: no TLS. `on_accept` comes first on every connection's thread, before TLS.
    TestOrigin(std::optional<crypto::WebCertificate> certificate, Script script, std::function<void()> on_accept = {});
    ~TestOrigin();
    TestOrigin(const TestOrigin&) = delete;
    TestOrigin& operator=(const TestOrigin&) = delete;

    static Script echo();                         // sends back what comes
    static Script answer_once(std::string text);  // reads a request's head, answers and ends the connection
    static Script never_speak();

    std::uint16_t port() const { return port_; }
    int connections() const { return connections_; }

  private:
    struct Tls;
    void accept_all();
    void serve(int fd);

    std::unique_ptr<Tls> tls_;
    const Script script_;
    const std::function<void()> on_accept_;
    int listener_ = -1;
    std::uint16_t port_ = 0;
    std::atomic<bool> stopping_{false};
    std::atomic<int> connections_{0};
    std::list<std::thread> serving_;
    std::thread accepting_;
};

}  // namespace culvert::test
