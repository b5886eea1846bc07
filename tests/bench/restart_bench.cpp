// How long 10,000 agents take to come back to a relay that was killed and started again, on loopback without a proxy.
// Runs the real culvert-relay, and the product's own links in the program herd.
//   restart_bench [--links N] [--processes N] [--handshakes RATE]
#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "common/base/check.h"
#include "common/crypto/hex.h"
#include "common/crypto/mesh_ca.h"
#include "common/crypto/web_certificate.h"
#include "controller/demo/child_process.h"
#include "tests/support/files.h"
#include "tests/support/herd/herd_report.h"
#include "tests/support/temporary_folder.h"

using namespace culvert;
using namespace std::chrono_literals;

namespace {

constexpr auto kPatience = 180s;

struct Options {
    std::size_t links = 10'000;
    std::size_t processes = 2;  // a link takes three descriptors, of which a process may have 20,000 on many machines
    std::string handshakes = "500/s";
};

Options parse(int argc, char** argv) {
    Options options;
    for (int i = 1; i + 1 < argc; i += 2) {
        const std::string name = argv[i];
        if (name == "--links") options.links = std::strtoul(argv[i + 1], nullptr, 10);
        if (name == "--processes") options.processes = std::max(1UL, std::strtoul(argv[i + 1], nullptr, 10));
        if (name == "--handshakes") options.handshakes = argv[i + 1];
    }
    return options;
}

[[noreturn]] void give_up(const std::string& why) {
    std::fprintf(stderr, "restart_bench: %s\n", why.c_str());
    std::exit(1);
}

template <class T>
T must(Result<T> result) {
    if (!result) give_up(result.error().message);
    return *std::move(result);
}

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

class Bench {
  public:
    explicit Bench(const Options& options) : options_(options) {
        const auto ca = must(crypto::MeshCa::create("bench", clock_));
        if (const Status saved = ca.save(folder_.file("mesh-ca.pem"), folder_.file("mesh-ca.key")); !saved)
            give_up(saved.error().message);
        const auto web = must(crypto::make_web_certificate("localhost", clock_));
        const std::string url = "wss://localhost:" + std::to_string(port_) + "/mesh";
        test::write_file(folder_.file("web.pem"), web.certificate_pem);
        test::write_file(folder_.file("web.key"), web.key_pem);
        test::write_file(folder_.file("relay.yaml"),
                         "mesh: bench\nurl: \"" + url +
                             "\"\nmesh_ca: mesh-ca.pem\nlisten: [ \"127.0.0.1:" + std::to_string(port_) +
                             "\" ]\ntls: { certificate: web.pem, key: web.key }\n"
                             "limits: { handshakes: " +
                             options_.handshakes + " }\n");
        test::write_file(folder_.file("agent.yaml"), "mesh: bench\ntunnel: { relays: [ \"" + url +
                                                         "\" ], proxy: none, pin_sha256: [ \"" +
                                                         crypto::octets_to_hex(web.public_key_sha256) + "\" ] }\n");
    }

    void start_relay() {
        relay_ = must(demo::ChildProcess::start({.argv = {"culvert-relay", "--config", folder_.file("relay.yaml")},
                                                 .environment = {},
                                                 .output = folder_.file("relay.log"),
                                                 .stdout_file = {},
                                                 .directory = {}}));
    }
    void kill_relay() {
        relay_->signal(SIGKILL);
        relay_.reset();
    }
    void start_herds() {
        for (std::size_t i = 0; i < options_.processes; ++i) {
            herds_.push_back(must(demo::ChildProcess::start(
                {.argv = {"herd", "--config", folder_.file("agent.yaml"), "--mesh-ca", folder_.file("mesh-ca.pem"),
                          "--mesh-ca-key", folder_.file("mesh-ca.key"), "--links",
                          std::to_string(options_.links / options_.processes), "--name", "herd" + std::to_string(i)},
                 .environment = {},
                 .output = folder_.file("herd.log"),
                 .stdout_file = said(i),
                 .directory = {}})));
        }
    }

    // Every herd's account of this outage.
    std::vector<test::HerdReturn> wait_for_return(int outage) {
        const SteadyTime until = clock_.steady_now() + kPatience;
        for (;;) {
            std::vector<test::HerdReturn> all;
            for (std::size_t i = 0; i < options_.processes; ++i) {
                const auto one = test::last_return(test::read_file(said(i)));
                if (one && one->outage == outage) all.push_back(*one);
            }
            if (all.size() == options_.processes) return all;
            if (clock_.steady_now() > until) give_up("not all links are up:\n" + test::read_file(said(0)));
            std::this_thread::sleep_for(100ms);
        }
    }

    double relay_resident_kb() const {
        const std::string status = test::read_file("/proc/" + std::to_string(relay_->pid()) + "/status");
        const std::size_t at = status.find("VmRSS:");
        return at == std::string::npos ? 0 : std::atof(status.c_str() + at + 6);
    }
    double relay_cpu_seconds() const {
        const std::string stat = test::read_file("/proc/" + std::to_string(relay_->pid()) + "/stat");
        unsigned long user = 0, system = 0;
        std::sscanf(stat.c_str() + stat.rfind(')') + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user,
                    &system);
        return static_cast<double>(user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
    }

  private:
    std::string said(std::size_t herd) const { return folder_.file("herd-" + std::to_string(herd) + ".out"); }

    const Options options_;
    const SystemClock clock_;
    const test::TemporaryFolder folder_;
    const std::uint16_t port_ = free_port();
    std::unique_ptr<demo::ChildProcess> relay_;
    std::vector<std::unique_ptr<demo::ChildProcess>> herds_;
};

void print(const char* what, const std::vector<test::HerdReturn>& herds) {
    Duration took{};
    std::size_t links = 0;
    std::uint64_t attempts = 0;
    double p50_ms = 0, p99_ms = 0;
    for (const test::HerdReturn& herd : herds) {
        took = std::max(took, herd.took);
        links += herd.links;
        attempts += herd.attempts;
        p50_ms = std::max(p50_ms, herd.handshake_p50_ms);
        p99_ms = std::max(p99_ms, herd.handshake_p99_ms);
    }
    std::printf("%-27s %10.1f s    (%zu links, %llu attempts, handshake p50 %.0f ms, p99 %.0f ms)\n", what,
                std::chrono::duration<double>(took).count(), links, static_cast<unsigned long long>(attempts), p50_ms,
                p99_ms);
}

}  // namespace

int main(int argc, char** argv) {
    const Options options = parse(argc, argv);
    Bench bench(options);
    bench.start_relay();
    bench.start_herds();
    print("all up for the first time", bench.wait_for_return(0));
    bench.kill_relay();
    bench.start_relay();
    print("all back after a restart", bench.wait_for_return(1));
    const auto links = static_cast<double>(options.links);
    std::printf("relay, memory               %10.1f MB   (%.1f KB per link)\n", bench.relay_resident_kb() / 1024,
                bench.relay_resident_kb() / links);
    std::printf("relay, CPU                  %10.2f ms per handshake\n", bench.relay_cpu_seconds() * 1000 / links);
    return 0;
}
