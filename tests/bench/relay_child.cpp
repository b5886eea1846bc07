#include "tests/bench/relay_child.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "common/base/check.h"
#include "common/crypto/node_key.h"
#include "common/crypto/web_certificate.h"
#include "tests/support/files.h"

namespace culvert::bench {
namespace {

crypto::MeshCa new_mesh(const Clock& clock) {
    auto ca = crypto::MeshCa::create("bench", clock);
    CULVERT_CHECK(ca.has_value());
    return *std::move(ca);
}

// Free a moment ago: relay.yaml wants a number.
std::uint16_t free_port() {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    CULVERT_CHECK(bind(fd, reinterpret_cast<const sockaddr*>(&address), size) == 0);
    CULVERT_CHECK(getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    close(fd);
    return ntohs(address.sin_port);
}

}  // namespace

RelayChild::RelayChild(const std::string& program) : ca_(new_mesh(clock_)), port_(free_port()) {
    write_configuration();
    auto process = demo::ChildProcess::start({.argv = {program, "--config", folder_.file("relay.yaml")},
                                              .environment = {},
                                              .output = folder_.file("log"),
                                              .stdout_file = {},
                                              .directory = {}});
    if (!process) {
        std::fprintf(stderr, "%s\n", process.error().message.c_str());
        std::exit(1);
    }
    process_ = std::move(*process);
    await_start();
}

void RelayChild::write_configuration() {
    const auto web = crypto::make_web_certificate("localhost", clock_);
    CULVERT_CHECK(web.has_value());
    test::write_file(folder_.file("mesh-ca.pem"), ca_.certificate_pem());
    test::write_file(folder_.file("web.pem"), web->certificate_pem);
    test::write_file(folder_.file("web.key"), web->key_pem);
    test::write_file(folder_.file("relay.yaml"),
                     "mesh: bench\n"
                     "url: \"wss://localhost/mesh\"\n"
                     "mesh_ca: mesh-ca.pem\n"
                     "listen: [ \"127.0.0.1:" +
                         std::to_string(port_) +
                         "\" ]\n"
                         "tls: { certificate: web.pem, key: web.key }\n"
                         "limits: { handshakes: 100000/s }\n");
}

void RelayChild::await_start() {
    const SteadyTime give_up = clock_.steady_now() + std::chrono::seconds(10);
    while (clock_.steady_now() < give_up && process_->running()) {
        if (test::read_file(folder_.file("log")).find("listen=127.0.0.1:") != std::string::npos) return;
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    std::fprintf(stderr, "the relay did not start:\n%s", test::read_file(folder_.file("log")).c_str());
    std::exit(1);
}

crypto::Identity RelayChild::node(const std::string& name, Role role) const {
    const crypto::NodeKey key = crypto::NodeKey::generate();
    crypto::NodeGrant grant;
    grant.name = name;
    grant.role = role;
    const auto issued = ca_.issue(key.signing_request(name), grant, clock_);
    CULVERT_CHECK(issued.has_value());
    auto identity = crypto::make_identity(key, issued->der, ca_.certificate_pem());
    CULVERT_CHECK(identity.has_value());
    return *std::move(identity);
}

double RelayChild::resident_kb() const {
    std::ifstream status("/proc/" + std::to_string(process_->pid()) + "/status");
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with("VmRSS:")) return std::atof(line.c_str() + 6);
    }
    return 0;
}

double RelayChild::cpu_seconds() const {
    const std::string stat = test::read_file("/proc/" + std::to_string(process_->pid()) + "/stat");
    // Fields 14 and 15, counted behind the name in parentheses, which is field 2.
    unsigned long user = 0, system = 0;
    std::sscanf(stat.c_str() + stat.rfind(')') + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user,
                &system);
    return static_cast<double>(user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

}  // namespace culvert::bench
