#include "tests/support/test_relay.h"

#include <future>
#include <iostream>

#include "common/base/check.h"
#include "common/crypto/node_key.h"
#include "common/crypto/web_certificate.h"
#include "tests/support/fake_clock.h"
#include "tests/support/files.h"

namespace culvert::test {
namespace {

constexpr const char* kMesh = "acme";

template <class T>
T must(Result<T> result) {
    if (!result) std::cerr << "test relay: " << result.error().message << '\n';
    CULVERT_CHECK(result.has_value());
    return *std::move(result);
}

}  // namespace

TestRelay::TestRelay(tunnel::relay::RelayLimits limits, Tls tls) : ca_(must(crypto::MeshCa::create(kMesh, clock_))) {
    const auto web = must(crypto::make_web_certificate("localhost", clock_));
    for (const char c : web.public_key_sha256) {
        constexpr const char* kDigits = "0123456789abcdef";
        web_pin_ += kDigits[static_cast<unsigned char>(c) >> 4];
        web_pin_ += kDigits[static_cast<unsigned char>(c) & 15];
    }
    settings_.mesh = kMesh;
    settings_.mesh_ca_file = folder_.file("mesh-ca.pem");
    settings_.listen = {"127.0.0.1:0"};
    settings_.admin_listen = "127.0.0.1:0";
    settings_.revocations_file = folder_.file("acme.crl");
    settings_.limits = limits;
    write_file(settings_.mesh_ca_file, ca_.certificate_pem());
    if (tls == Tls::On) {
        settings_.certificate_file = folder_.file("web.pem");
        settings_.key_file = folder_.file("web.key");
        write_file(settings_.certificate_file, web.certificate_pem);
        write_file(settings_.key_file, web.key_pem);
    }
    start();
}

TestRelay::~TestRelay() {
    if (relay_) stop();
}

void TestRelay::start() {
    loop_ = std::make_unique<net::Loop>();
    // The public address must be known before the port is: nodes compare it with what they dialled.
    if (port_ == 0) {
        settings_.url = "wss://localhost/mesh";
        auto probe = must(tunnel::relay::Relay::start(*loop_, settings_));
        port_ = probe->port();
        probe.reset();
    }
    settings_.url =
        (settings_.certificate_file.empty() ? "ws://localhost:" : "wss://localhost:") + std::to_string(port_) + "/mesh";
    settings_.listen = {"127.0.0.1:" + std::to_string(port_)};
    relay_ = must(tunnel::relay::Relay::start(*loop_, settings_));
    admin_port_ = relay_->admin_port();
    thread_ = std::thread([this] { loop_->run(); });
}

void TestRelay::stop() {
    loop_->stop();
    thread_.join();
    relay_.reset();
    loop_.reset();
}

void TestRelay::drain() {
    std::promise<void> drained;
    on_loop([&drained](tunnel::relay::Relay& relay) { relay.drain([&drained] { drained.set_value(); }); });
    drained.get_future().wait();
}

crypto::Identity TestRelay::node(const std::string& name, Role role, Duration ago) const {
    const crypto::NodeKey key = crypto::NodeKey::generate();
    crypto::NodeGrant grant;
    grant.name = name;
    grant.role = role;
    const auto issued = must(ca_.issue(key.signing_request(name), grant, FakeClock(clock_.wall_now() - ago)));
    return must(crypto::make_identity(key, issued.der, ca_.certificate_pem()));
}

tunnel::relay::Counters TestRelay::counters() {
    tunnel::relay::Counters now;
    on_loop([&now](tunnel::relay::Relay& relay) { now = relay.counters(); });
    return now;
}

void TestRelay::on_loop(const std::function<void(tunnel::relay::Relay&)>& task) {
    std::promise<void> done;
    loop_->post([this, &task, &done] {
        task(*relay_);
        done.set_value();
    });
    done.get_future().wait();
}

}  // namespace culvert::test
