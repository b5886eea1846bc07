#include "controller/demo/playground.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstring>
#include <fstream>
#include <optional>
#include <sstream>
#include <thread>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "common/base/clock.h"
#include "common/base/text.h"

namespace culvert::demo {
namespace {

using namespace std::chrono_literals;

constexpr const char* kCorpAddress = "10.77.1.2";
constexpr const char* kDmzAddress = "10.77.1.1";     // the proxy's leg towards corp
constexpr const char* kDmzOutAddress = "10.77.2.1";  // and towards inet
constexpr const char* kInetAddress = "10.77.2.2";
constexpr auto kCommandPatience = 10s;

sockaddr_in ipv4(const std::string& address, std::uint16_t port) {
    sockaddr_in out{};
    out.sin_family = AF_INET;
    out.sin_port = htons(port);
    ::inet_pton(AF_INET, address.c_str(), &out.sin_addr);
    return out;
}

struct Socket {
    explicit Socket(int opened) : fd(opened) {}
    Socket(Socket&& other) noexcept : fd(std::exchange(other.fd, -1)) {}
    Socket& operator=(Socket&&) = delete;
    ~Socket() {
        if (fd >= 0) ::close(fd);
    }
    int fd;
};

std::optional<Socket> connect_to(const std::string& address, std::uint16_t port) {
    Socket socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const sockaddr_in to = ipv4(address, port);
    if (::connect(socket.fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) return std::nullopt;
    return socket;
}

std::string file_text(const std::filesystem::path& file) {
    std::ifstream in(file);
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
}

}  // namespace

Result<std::unique_ptr<Playground>> Playground::create(std::filesystem::path folder, Isolation isolation) {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error)
        return fail(Code::InvalidInput, fmt::format("cannot make folder {}: {}", folder.string(), error.message()));
    std::unique_ptr<Playground> playground(new Playground(std::filesystem::absolute(folder)));
    if (isolation == Isolation::LoopbackOnly) {
        playground->why_loopback_ = "asked for";
    } else if (::geteuid() != 0) {
        playground->why_loopback_ = "network namespaces need root";
    } else if (const Status made = playground->make_namespaces(); !made) {
        playground->why_loopback_ = made.error().message;
        for (const std::string& made_name : playground->names_)
            (void)playground->command({"ip", "netns", "del", made_name});
        playground->names_.clear();
    }
    return playground;
}

Playground::~Playground() {
    for (const std::string& made : names_) (void)command({"ip", "netns", "del", made});
}

Status Playground::command(std::vector<std::string> argv) const {
    const std::filesystem::path log = folder_ / "network.log";
    const std::string shown = fmt::format("{}", fmt::join(argv, " "));
    const auto exit = run_to_end(
        Command{.argv = std::move(argv), .environment = {}, .output = log, .stdout_file = {}, .directory = {}},
        kCommandPatience);
    if (!exit) return tl::unexpected(exit.error());
    if (*exit == 0) return {};
    const std::string said = file_text(log);
    const std::string_view last = trim(std::string_view(said).substr(said.size() > 200 ? said.size() - 200 : 0));
    return fail(Code::Internal, fmt::format("`{}` failed: {}", shown, excerpt(last, 200)));
}

Status Playground::make_namespaces() {
    static std::atomic<int> serial{0};
    const std::string suffix = fmt::format("{}-{}", ::getpid(), serial++);
    for (const char* zone : {"corp", "dmz", "inet"}) {
        const std::string made = fmt::format("culvert-{}-{}", zone, suffix);
        if (const Status status = command({"ip", "netns", "add", made}); !status) return status;
        names_.push_back(made);
    }
    const auto in = [this](Zone zone, std::vector<std::string> argv) {
        argv.insert(argv.begin(), {"ip", "-n", name(zone)});
        return argv;
    };
    const std::vector<std::vector<std::string>> commands{
        in(Zone::Corp, {"link", "add", "corp0", "type", "veth", "peer", "name", "dmz0", "netns", name(Zone::Dmz)}),
        in(Zone::Dmz, {"link", "add", "dmz1", "type", "veth", "peer", "name", "inet0", "netns", name(Zone::Inet)}),
        in(Zone::Corp, {"addr", "add", fmt::format("{}/24", kCorpAddress), "dev", "corp0"}),
        in(Zone::Dmz, {"addr", "add", fmt::format("{}/24", kDmzAddress), "dev", "dmz0"}),
        in(Zone::Dmz, {"addr", "add", fmt::format("{}/24", kDmzOutAddress), "dev", "dmz1"}),
        in(Zone::Inet, {"addr", "add", fmt::format("{}/24", kInetAddress), "dev", "inet0"}),
        in(Zone::Corp, {"link", "set", "corp0", "up"}),
        in(Zone::Dmz, {"link", "set", "dmz0", "up"}),
        in(Zone::Dmz, {"link", "set", "dmz1", "up"}),
        in(Zone::Inet, {"link", "set", "inet0", "up"}),
        in(Zone::Corp, {"link", "set", "lo", "up"}),
        in(Zone::Dmz, {"link", "set", "lo", "up"}),
        in(Zone::Inet, {"link", "set", "lo", "up"}),
    };
    for (const std::vector<std::string>& argv : commands) {
        if (const Status status = command(argv); !status) return status;
    }
    return {};
}

std::string Playground::address(Zone zone) const {
    if (!has_namespaces()) return "127.0.0.1";
    switch (zone) {
        case Zone::Corp:
            return kCorpAddress;
        case Zone::Dmz:
            return kDmzAddress;
        case Zone::Inet:
            return kInetAddress;
    }
    return {};
}

Result<std::uint16_t> Playground::port(Zone, std::uint16_t preferred) const {
    if (has_namespaces()) return preferred;
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in any = ipv4("127.0.0.1", 0);
    socklen_t size = sizeof any;
    const bool bound = ::bind(fd, reinterpret_cast<const sockaddr*>(&any), size) == 0 &&
                       ::getsockname(fd, reinterpret_cast<sockaddr*>(&any), &size) == 0;
    ::close(fd);
    if (!bound) return fail(Code::Internal, fmt::format("no free port on loopback: {}", std::strerror(errno)));
    return ntohs(any.sin_port);
}

Result<std::unique_ptr<ChildProcess>> Playground::start(Zone zone, Command command) const {
    if (has_namespaces()) {
        // Resolved here: `ip netns exec` would look for it in its own PATH.
        if (const auto program = find_program(command.argv.front())) command.argv.front() = program->string();
        command.argv.insert(command.argv.begin(), {"ip", "netns", "exec", name(zone)});
    }
    return ChildProcess::start(command);
}

Result<Exit> Playground::run(Zone zone, Command command, Duration patience) const {
    const std::string program = command.argv.front();
    auto process = start(zone, std::move(command));
    if (!process) return tl::unexpected(process.error());
    const auto exit = (*process)->wait(patience);
    if (!exit) return fail(Code::Timeout, fmt::format("{} did not end within {}", program, to_string(patience)));
    return *exit;
}

void Playground::inside(Zone zone, const std::function<void()>& visit) const {
    std::thread visitor([this, zone, &visit] {
        if (has_namespaces()) {
            const int ns = ::open(("/run/netns/" + name(zone)).c_str(), O_RDONLY | O_CLOEXEC);
            const bool entered = ns >= 0 && ::setns(ns, CLONE_NEWNET) == 0;
            if (ns >= 0) ::close(ns);
            if (!entered) return;
        }
        visit();
    });
    visitor.join();
}

bool Playground::accepts(Zone zone, const std::string& address, std::uint16_t port, Duration patience) const {
    constexpr auto kPause = 20ms;
    bool accepted = false;
    inside(zone, [&] {
        const SystemClock clock;
        const SteadyTime deadline = clock.steady_now() + patience;
        while (!(accepted = connect_to(address, port).has_value()) && clock.steady_now() < deadline)
            std::this_thread::sleep_for(kPause);
    });
    return accepted;
}

std::string Playground::first_answer(Zone zone, const std::string& address, std::uint16_t port,
                                     const std::string& request) const {
    std::string answer;
    inside(zone, [&] {
        const auto socket = connect_to(address, port);
        if (!socket) return;
        const timeval patience{5, 0};
        ::setsockopt(socket->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        (void)::send(socket->fd, request.data(), request.size(), MSG_NOSIGNAL);
        char c = 0;
        while (answer.size() < 512 && ::recv(socket->fd, &c, 1, 0) == 1 && c != '\n') answer += c;
    });
    return answer;
}

Status Playground::allow_only_proxy(std::uint16_t port) {
    const auto rule = [this](std::vector<std::string> argv) {
        argv.insert(argv.begin(), {"ip", "netns", "exec", name(Zone::Corp), "iptables", "-w"});
        return command(std::move(argv));
    };
    const std::string proxy_port = fmt::format("{}", port);
    if (const Status status = rule(
            {"-A", "OUTPUT", "-o", "corp0", "-d", kDmzAddress, "-p", "tcp", "--dport", proxy_port, "-j", "ACCEPT"});
        !status)
        return status;
    return rule({"-A", "OUTPUT", "-o", "corp0", "-j", "DROP"});
}

Result<std::uint64_t> Playground::stray_packets() const {
    const std::filesystem::path listing = folder_ / "packets.txt";
    const auto exit =
        run_to_end(Command{.argv = {"ip", "netns", "exec", name(Zone::Corp), "iptables", "-w", "-nvxL", "OUTPUT"},
                           .environment = {},
                           .output = folder_ / "network.log",
                           .stdout_file = listing,
                           .directory = {}},
                   kCommandPatience);
    if (!exit) return tl::unexpected(exit.error());
    std::istringstream lines(file_text(listing));
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::uint64_t packets = 0, bytes = 0;
        std::string target;
        if (words >> packets >> bytes >> target && target == "DROP") return packets;
    }
    return fail(Code::Internal, "corp has no rule that counts its packets");
}

}  // namespace culvert::demo
