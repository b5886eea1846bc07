// A real relay on a loopback port, on a thread of its own, with a mesh CA that certifies nodes for it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "common/crypto/identity.h"
#include "common/crypto/mesh_ca.h"
#include "common/net/loop.h"
#include "tests/support/temporary_folder.h"
#include "tunnel/relay/relay.h"

namespace culvert::test {

class TestRelay {
  public:
    enum class Tls { On, Off };

    explicit TestRelay(tunnel::relay::RelayLimits limits = {}, Tls tls = Tls::On);
    TestRelay(const TestRelay&) = delete;
    TestRelay& operator=(const TestRelay&) = delete;
    ~TestRelay();

    // As a crash: every connection breaks. start() then takes the same port and state again.
    void stop();
    void start();
    // Tells every node, and returns when all have gone.
    void drain();

    // Certified `ago` before now, for the usual 90 days.
    crypto::Identity node(const std::string& name, Role role, Duration ago = Duration{}) const;
    crypto::Identity agent(const std::string& name) const { return node(name, Role::Agent); }
    crypto::Identity controller(const std::string& name) const { return node(name, Role::Controller); }

    const std::string& url() const { return settings_.url; }  // wss://localhost:PORT/mesh
    std::uint16_t port() const { return port_; }
    std::uint16_t admin_port() const { return admin_port_; }
    const std::string& web_pin() const { return web_pin_; }  // SHA-256 of the web certificate's public key, hex
    const std::string& certificate_file() const { return settings_.certificate_file; }
    const std::string& key_file() const { return settings_.key_file; }
    const crypto::MeshCa& ca() const { return ca_; }
    tunnel::relay::Counters counters();
    // Runs on the relay's thread, and waits for it.
    void on_loop(const std::function<void(tunnel::relay::Relay&)>& task);

  private:
    SystemClock clock_;
    TemporaryFolder folder_;
    crypto::MeshCa ca_;
    std::string web_pin_;
    tunnel::relay::RelaySettings settings_;
    std::unique_ptr<net::Loop> loop_;
    std::unique_ptr<tunnel::relay::Relay> relay_;
    std::thread thread_;
    std::uint16_t port_ = 0, admin_port_ = 0;
};

}  // namespace culvert::test
