#include "controller/demo/lab_mesh.h"

#include <fstream>

#include <fmt/format.h>

#include "common/base/clock.h"
#include "common/base/text.h"

namespace culvert::demo {
namespace {

using namespace std::chrono_literals;

constexpr auto kStepPatience = 30s;
constexpr auto kGlance = 50ms;  // how often a wait looks whether somebody pressed Ctrl-C

std::string first_line(const std::filesystem::path& file) {
    std::ifstream in(file);
    std::string line;
    std::getline(in, line);
    return line;
}

std::string last_lines(const std::filesystem::path& file, std::size_t count) {
    std::ifstream in(file);
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    const std::size_t from = lines.size() > count ? lines.size() - count : 0;
    return join(std::span(lines).subspan(from), "\n");
}

}  // namespace

LabMesh::LabMesh(const Playground& playground, LabMeshSettings settings)
    : playground_(playground), settings_(std::move(settings)) {
    std::filesystem::create_directories(file("mesh"));
    std::ofstream(file("proxy-password")) << settings_.password << "\n";
    std::filesystem::permissions(file("proxy-password"),
                                 std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

LabMesh::~LabMesh() {
    agents_.clear();
    relay_.reset();
    squid_.process.reset();
}

Status LabMesh::start_proxy(ProxyPolicy policy) {
    auto squid = start_squid(playground_, SquidSettings{.user = settings_.user,
                                                        .password = settings_.password,
                                                        .relay_host = settings_.relay_host,
                                                        .port = squid_.port,
                                                        .policy = policy});
    if (!squid) return tl::unexpected(squid.error());
    squid_ = std::move(*squid);
    return {};
}

void LabMesh::stop_proxy() {
    squid_.process->stop();
}

std::string LabMesh::relay_url() const {
    return fmt::format("wss://{}:{}/mesh", settings_.relay_host, relay_port_);
}

Status LabMesh::start_relay() {
    if (relay_port_ == 0) {
        const auto port = playground_.port(Zone::Inet, 443);
        if (!port) return tl::unexpected(port.error());
        relay_port_ = *port;
        auto init = playground_.start(
            Zone::Corp, program({"culvert", "init", file("mesh").string(), "--mesh", settings_.name, "--relay",
                                 relay_url(), "--proxy", squid_.url(), "--proxy-user", settings_.user,
                                 "--proxy-password-file", file("proxy-password").string()},
                                "init.log"));
        if (const Status status = expect_success(std::move(init), "culvert init", "init.log"); !status) return status;
    }
    auto relay = playground_.start(
        Zone::Inet, program({"culvert-relay", "--config", file("mesh/relay.yaml").string()}, "relay.log"));
    if (!relay) return tl::unexpected(relay.error());
    relay_ = std::move(*relay);
    if (!playground_.accepts(Zone::Inet, playground_.address(Zone::Inet), relay_port_, kStepPatience)) {
        return fail(Code::Internal, fmt::format("the relay did not start; {} says:\n{}", file("relay.log").string(),
                                                last_lines(file("relay.log"), 10)));
    }
    return {};
}

void LabMesh::stop_relay() {
    relay_->stop();
}

Status LabMesh::join_agent(const LabAgent& agent) {
    const std::filesystem::path token = file("token-" + agent.name);
    std::vector<std::string> arguments{"invite", "--quiet", "--wait"};
    for (const auto& [key, value] : agent.labels)
        arguments.insert(arguments.end(), {"--label", fmt::format("{}={}", key, value)});
    Command invite = culvert(std::move(arguments), "invite.log");
    invite.stdout_file = token;
    auto inviting = playground_.start(Zone::Corp, invite);
    if (!inviting) return tl::unexpected(inviting.error());
    const SystemClock clock;
    const SteadyTime deadline = clock.steady_now() + kStepPatience;
    while (first_line(token).empty() && !(*inviting)->wait(kGlance) && clock.steady_now() < deadline &&
           !settings_.interrupted()) {
    }

    std::vector<std::string> join{"culvert-agent",
                                  "join",
                                  token.string(),
                                  "--state",
                                  file(agent.name).string(),
                                  "--name",
                                  agent.name,
                                  "--weight",
                                  fmt::format("{}", agent.weight),
                                  "--proxy",
                                  squid_.url(),
                                  "--proxy-user",
                                  settings_.user,
                                  "--proxy-password-file",
                                  file("proxy-password").string()};
    for (const std::string& target : agent.allow) join.insert(join.end(), {"--allow", target});
    join.insert(join.end(), agent.more.begin(), agent.more.end());
    const std::string log = "join-" + agent.name + ".log";
    if (const Status status =
            expect_success(playground_.start(Zone::Corp, program(std::move(join), log)), "culvert-agent join", log);
        !status)
        return status;
    if (const Status status = expect_success(std::move(inviting), "culvert invite", "invite.log"); !status)
        return status;
    return start_agent(agent.name);
}

Status LabMesh::start_agent(const std::string& name) {
    auto agent = playground_.start(
        Zone::Corp, program({"culvert-agent", "run", "--config", (file(name) / "agent.yaml").string()}, name + ".log"));
    if (!agent) return tl::unexpected(agent.error());
    agents_[name] = std::move(*agent);
    return {};
}

void LabMesh::stop_agent(const std::string& name) {
    agents_.at(name)->stop();
}

Command LabMesh::culvert(std::vector<std::string> arguments, const std::string& log) const {
    arguments.insert(arguments.begin(), "culvert");
    arguments.insert(arguments.end(), {"--config", file("mesh/controller.yaml").string()});
    return program(std::move(arguments), log);
}

Command LabMesh::program(std::vector<std::string> argv, const std::string& log) const {
    return Command{.argv = std::move(argv),
                   .environment = {},
                   .output = log.empty() ? std::filesystem::path{} : file(log),
                   .stdout_file = {},
                   .directory = log.empty() ? std::filesystem::path{} : file("mesh")};
}

Status LabMesh::expect_success(Result<std::unique_ptr<ChildProcess>> process, const std::string& what,
                               const std::string& log) const {
    if (!process) return tl::unexpected(process.error());
    const SystemClock clock;
    const SteadyTime deadline = clock.steady_now() + kStepPatience;
    std::optional<Exit> exit;
    while (!(exit = (*process)->wait(kGlance))) {
        if (settings_.interrupted()) return fail(Code::Disconnected, "interrupted");
        if (clock.steady_now() > deadline)
            return fail(Code::Timeout,
                        fmt::format("{} took longer than {}; {} says:\n{}", what, to_string(Duration{kStepPatience}),
                                    file(log).string(), last_lines(file(log), 10)));
    }
    if (*exit != 0)
        return fail(Code::Internal, fmt::format("{} failed with exit code {}; {} says:\n{}", what, *exit,
                                                file(log).string(), last_lines(file(log), 10)));
    return {};
}

}  // namespace culvert::demo
