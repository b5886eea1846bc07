// Time to online: from the exec of `culvert-agent run` until its log says that the relay has admitted it, through a
// squid with a password. In turns with curl: from its exec to its exit, one request to the same URL through the same
// squid.
//   online_bench [--starts N]
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "tests/bench/bench_mesh.h"

using namespace culvert;
using namespace culvert::bench;
using namespace std::chrono_literals;

namespace {

constexpr auto kPatience = 20s;
constexpr const char* kOnline = " info connected ";

double ms_between(SteadyTime from, SteadyTime to) {
    return std::chrono::duration<double, std::milli>(to - from).count();
}

// A program's log, read as it is written.
class LogPipe {
  public:
    explicit LogPipe(const std::string& file) {
        if (::mkfifo(file.c_str(), 0600) == 0) fd_ = ::open(file.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    }
    ~LogPipe() {
        if (fd_ >= 0) ::close(fd_);
    }
    LogPipe(const LogPipe&) = delete;
    LogPipe& operator=(const LogPipe&) = delete;

    // False: the program ended, `deadline` came or somebody pressed Ctrl-C before it said so.
    bool wait_for(const std::string& words, SteadyTime deadline) {
        while (fd_ >= 0 && said_.find(words) == std::string::npos) {
            if (clock_.steady_now() > deadline || BenchMesh::interrupted()) return false;
            pollfd readable{fd_, POLLIN, 0};
            if (::poll(&readable, 1, 100) <= 0) continue;
            std::array<char, 4096> buffer;
            const ssize_t count = ::read(fd_, buffer.data(), buffer.size());
            if (count <= 0) return false;
            said_.append(buffer.data(), static_cast<std::size_t>(count));
        }
        return fd_ >= 0;
    }
    const std::string& said() const { return said_; }

  private:
    const SystemClock clock_;
    int fd_ = -1;
    std::string said_;
};

class OnlineBench {
  public:
    explicit OnlineBench(BenchMesh& mesh) : mesh_(mesh), lab_(mesh.lab()) {}

    // Both in milliseconds.
    Result<double> time_agent() {
        const std::string log = "agent-" + std::to_string(++starts_) + ".log";
        LogPipe pipe(lab_.file(log).string());
        const auto command =
            lab_.program({"culvert-agent", "run", "--config", (lab_.file("agent") / "agent.yaml").string()}, log);
        const SteadyTime began = clock_.steady_now();
        const auto process = demo::ChildProcess::start(command);
        if (!process) return tl::unexpected(process.error());
        if (!pipe.wait_for(kOnline, began + kPatience))
            return fail(Code::Timeout, "the agent did not come online; it says:\n" + pipe.said());
        return ms_between(began, clock_.steady_now());
    }

    Result<double> time_curl() {
        const std::string url = "https" + lab_.relay_url().substr(std::string("wss").size());
        const auto command = lab_.program(
            {"curl", "--silent", "--show-error", "--output", "/dev/null", "--proxy", lab_.squid().url(), "--proxy-user",
             mesh_.proxy_user() + ":" + mesh_.proxy_password(), "--cacert", mesh_.web_certificate_file(), url},
            "curl.log");
        const SteadyTime began = clock_.steady_now();
        const auto exit = demo::run_to_end(command, kPatience);
        if (!exit) return tl::unexpected(exit.error());
        if (*exit != 0) return fail(Code::Internal, "curl ended with exit code " + std::to_string(*exit));
        return ms_between(began, clock_.steady_now());
    }

  private:
    const SystemClock clock_;
    BenchMesh& mesh_;
    demo::LabMesh& lab_;
    int starts_ = 0;
};

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

Status run(std::size_t starts) {
    const auto mesh = BenchMesh::start("relay.bench.test");
    if (!mesh) return tl::unexpected(mesh.error());
    if (const Status joined = (*mesh)->lab().join_agent({.name = "agent", .labels = {}, .allow = {}}); !joined)
        return joined;
    (*mesh)->lab().stop_agent("agent");

    OnlineBench bench(**mesh);
    std::vector<double> agent, curl;
    for (std::size_t i = 0; i <= starts; ++i) {
        const auto agent_ms = bench.time_agent();
        if (!agent_ms) return tl::unexpected(agent_ms.error());
        const auto curl_ms = bench.time_curl();
        if (!curl_ms) return tl::unexpected(curl_ms.error());
        if (i == 0) continue;  // programs come from the disk
        agent.push_back(*agent_ms);
        curl.push_back(*curl_ms);
    }
    std::printf("agent online, median        %10.1f ms   (slowest %.1f)\n", median(agent),
                *std::max_element(agent.begin(), agent.end()));
    std::printf("curl, median                %10.1f ms   (slowest %.1f)\n", median(curl),
                *std::max_element(curl.begin(), curl.end()));
    std::printf("difference                  %10.1f ms   (goal: below 100)\n", median(agent) - median(curl));
    return {};
}

}  // namespace

int main(int argc, char** argv) {
    std::size_t starts = 15;
    if (argc == 3 && std::string(argv[1]) == "--starts") starts = std::strtoul(argv[2], nullptr, 10);
    const Status ran = run(std::max<std::size_t>(starts, 1));
    if (!ran) std::fprintf(stderr, "online_bench: %s\n", ran.error().message.c_str());
    return ran ? 0 : 1;
}
