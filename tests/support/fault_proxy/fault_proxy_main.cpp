// fault_proxy: a middlebox that misbehaves as told, for tests. docs/netlab.md lists its faults.
#include <fcntl.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "tests/support/fault_proxy/fault_proxy.h"

using namespace culvert;
using namespace culvert::test;

namespace {

struct Options {
    std::string listen = "127.0.0.1:0", log, control, ca, ca_key, pose, pose_key;
    std::vector<std::string> faults, hosts;
    FaultProxySettings settings;
};

int refuse(const std::string& why) {
    fmt::print(stderr, "fault_proxy: {}\n", why);
    return 2;
}

Status complete(Options& options) {
    const std::size_t colon = options.listen.rfind(':');
    if (colon == std::string::npos) return fail(Code::InvalidInput, "--listen: write ADDRESS:PORT");
    options.settings.address = options.listen.substr(0, colon);
    if (options.settings.address.starts_with('['))
        options.settings.address = options.settings.address.substr(1, options.settings.address.size() - 2);
    options.settings.port = static_cast<std::uint16_t>(std::atoi(options.listen.c_str() + colon + 1));
    for (const std::string& host : options.hosts) {
        const std::size_t equals = host.find('=');
        if (equals == std::string::npos) return fail(Code::InvalidInput, "--host: write NAME=ADDRESS");
        options.settings.hosts[host.substr(0, equals)] = host.substr(equals + 1);
    }
    for (const std::string& fault : options.faults) {
        if (Status set = set_fault(options.settings.faults, fault); !set) return set;
    }
    if (options.ca.empty() && options.pose.empty()) return {};
    auto authority = options.pose.empty() ? TlsAuthority::load(options.ca, options.ca_key)
                                          : TlsAuthority::load_host(options.pose, options.pose_key);
    if (!authority) return tl::unexpected(authority.error());
    options.settings.authority = std::move(*authority);
    return {};
}

// Lines of standard input, or of a FIFO, are orders; SIGTERM and SIGINT end it, SIGUSR1 cuts every tunnel.
void obey(FaultProxy& proxy, int input, int signals) {
    std::string line;
    for (bool reading = true;;) {
        std::array<pollfd, 2> wait{pollfd{signals, POLLIN, 0}, pollfd{reading ? input : -1, POLLIN, 0}};
        if (::poll(wait.data(), wait.size(), -1) < 0) continue;
        if ((wait[0].revents & POLLIN) != 0) {
            signalfd_siginfo info{};
            if (::read(signals, &info, sizeof info) == sizeof info && info.ssi_signo != SIGUSR1) return;
            (void)proxy.control("cut");
        }
        if (wait[1].revents == 0) continue;
        char byte = 0;
        reading = ::read(input, &byte, 1) == 1;
        if (byte != '\n') {
            line += byte;
            continue;
        }
        if (const Status done = proxy.control(line); !done) (void)refuse(done.error().message);
        line.clear();
    }
}

}  // namespace

int main(int argc, char** argv) {
    Options options;
    CLI::App app("A middlebox that misbehaves as told", "fault_proxy");
    app.add_option("--listen", options.listen, "ADDRESS:PORT; port 0: any, printed on stdout")->capture_default_str();
    app.add_option("--to", options.settings.forward_to, "forward everything to HOST:PORT; else it is a CONNECT proxy");
    app.add_option("--basic", options.settings.rules.basic, "USER:PASSWORD that CONNECT must carry");
    app.add_option("--host", options.hosts, "NAME=ADDRESS that this proxy knows");
    app.add_option("--fault", options.faults, "KEY=VALUE, see docs/netlab.md");
    app.add_option("--inspect-ca", options.ca, "certificate (PEM) of the CA with which TLS is inspected");
    app.add_option("--inspect-key", options.ca_key, "its key (PEM)");
    app.add_option("--pose-as", options.pose, "certificate (PEM) of the host that it is, instead of a CA");
    app.add_option("--pose-key", options.pose_key, "its key (PEM)");
    app.add_option("--log", options.log, "file for events, a JSON object a line");
    app.add_option("--control", options.control, "FIFO to read orders from; default: standard input");
    CLI11_PARSE(app, argc, argv);

    sigset_t ending;
    ::sigemptyset(&ending);
    for (const int number : {SIGTERM, SIGINT, SIGUSR1}) ::sigaddset(&ending, number);
    ::sigprocmask(SIG_BLOCK, &ending, nullptr);
    ::signal(SIGPIPE, SIG_IGN);
    const int signals = ::signalfd(-1, &ending, SFD_CLOEXEC);
    // Read and write: a FIFO stays open when a writer leaves.
    const int input = options.control.empty() ? STDIN_FILENO : ::open(options.control.c_str(), O_RDWR | O_CLOEXEC);
    if (input < 0) return refuse("cannot open " + options.control);

    if (const Status completed = complete(options); !completed) return refuse(completed.error().message);
    auto events = EventLog::open(options.log);
    if (!events) return refuse(events.error().message);
    auto proxy = FaultProxy::start(std::move(options.settings), **events);
    if (!proxy) return refuse(proxy.error().message);
    fmt::print("{}\n", (*proxy)->port());
    std::fflush(stdout);
    obey(**proxy, input, signals);
    return 0;
}
