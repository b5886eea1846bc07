#include "controller/demo/demo.h"

#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "common/base/clock.h"
#include "common/base/text.h"
#include "controller/demo/servers.h"
#include "controller/demo/sockets.h"

namespace culvert::demo {
namespace {

using namespace std::chrono_literals;

constexpr const char* kRelayHost = "relay.demo.test";  // only the proxy can resolve it
constexpr const char* kUser = "demo";
constexpr const char* kPassword = "a proxy's password: @%:";
constexpr auto kStepPatience = 30s;
constexpr auto kGlance = 100ms;  // how often a wait looks whether somebody pressed Ctrl-C

volatile std::sig_atomic_t interrupts = 0;

// Ctrl-C sets a flag that every wait looks at.
class InterruptGuard {
  public:
    InterruptGuard() {
        interrupts = 0;
        struct sigaction action {};
        action.sa_handler = [](int) { interrupts = interrupts + 1; };
        ::sigaction(SIGINT, &action, &before_int_);
        ::sigaction(SIGTERM, &action, &before_term_);
    }
    ~InterruptGuard() {
        ::sigaction(SIGINT, &before_int_, nullptr);
        ::sigaction(SIGTERM, &before_term_, nullptr);
    }
    InterruptGuard(const InterruptGuard&) = delete;
    InterruptGuard& operator=(const InterruptGuard&) = delete;

  private:
    struct sigaction before_int_ {}, before_term_ {};
};

void say(const std::string& line) { fmt::print(stderr, "{}\n", line); }
void done(const std::string& line) { say("✓ " + line); }

std::string first_line(const std::filesystem::path& file) {
    std::ifstream in(file);
    std::string line;
    std::getline(in, line);
    return line;
}

std::uint64_t count_lines(const std::filesystem::path& file) {
    std::ifstream in(file);
    std::uint64_t lines = 0;
    for (std::string line; std::getline(in, line);) ++lines;
    return lines;
}

std::string last_lines(const std::filesystem::path& file, std::size_t count) {
    std::ifstream in(file);
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    const std::size_t from = lines.size() > count ? lines.size() - count : 0;
    return join(std::span(lines).subspan(from), "\n");
}

class Demo {
  public:
    explicit Demo(const DemoOptions& options) : options_(options) {}

    ~Demo() {
        // Agents before the relay, the relay before the proxy: nobody is left to complain.
        for (auto& agent : agents_) agent->stop();
        if (relay_) relay_->stop();
    }

    Status prepare();
    Result<Exit> run();
    Status verify();
    void clean_up(bool all_well);

  private:
    Status make_networks();
    Status start_proxy();
    Status start_relay();
    Status join_agent(const std::string& name, const std::string& region, int weight);
    Status write_plan();
    Result<std::uint64_t> reported_requests() const;

    Command culvert(std::vector<std::string> arguments, const std::string& log) const;
    Status wait_for(ChildProcess& process, const std::string& what, const std::filesystem::path& log) const;
    std::filesystem::path file(const std::string& name) const { return playground_->folder() / name; }

    const DemoOptions options_;
    std::unique_ptr<Playground> playground_;
    Nginx nginx_;
    Squid squid_;
    std::unique_ptr<ChildProcess> relay_;
    std::vector<std::unique_ptr<ChildProcess>> agents_;
};

Command Demo::culvert(std::vector<std::string> arguments, const std::string& log) const {
    return Command{.argv = std::move(arguments), .environment = {}, .output = file(log), .stdout_file = {}, .directory = file("mesh")};
}

Status Demo::wait_for(ChildProcess& process, const std::string& what, const std::filesystem::path& log) const {
    const SystemClock clock;
    const SteadyTime deadline = clock.steady_now() + kStepPatience;
    std::optional<Exit> exit;
    while (!(exit = process.wait(kGlance))) {
        if (interrupts > 0) return fail(Code::Disconnected, "interrupted");
        if (clock.steady_now() > deadline) return fail(Code::Timeout, fmt::format("{} took longer than {}; {} says:\n{}", what, to_string(Duration{kStepPatience}), log.string(), last_lines(log, 10)));
    }
    if (*exit != 0) return fail(Code::Internal, fmt::format("{} failed with exit code {}; {} says:\n{}", what, *exit, log.string(), last_lines(log, 10)));
    return {};
}

Status Demo::make_networks() {
    // Under /tmp, because squid and nginx give up root and must still reach their files.
    std::string folder = (std::filesystem::temp_directory_path() / "culvert-demo-XXXXXX").string();
    if (::mkdtemp(folder.data()) == nullptr) return fail(Code::Internal, "cannot make a folder under " + folder);
    std::filesystem::permissions(folder, std::filesystem::perms::owner_all | std::filesystem::perms::group_exec | std::filesystem::perms::others_exec);
    auto playground = Playground::create(folder, options_.isolation);
    if (!playground) return tl::unexpected(playground.error());
    playground_ = std::move(*playground);
    if (playground_->has_namespaces()) {
        done("three network namespaces: corp has no route out, dmz has the proxy, inet has the relay");
    } else {
        done(fmt::format("all on loopback ({})", playground_->why_loopback()));
    }
    return {};
}

Status Demo::start_proxy() {
    auto nginx = start_nginx(*playground_, Zone::Corp);
    if (!nginx) return tl::unexpected(nginx.error());
    nginx_ = std::move(*nginx);
    auto squid = start_squid(*playground_, SquidSettings{.user = kUser, .password = kPassword, .relay_host = kRelayHost});
    if (!squid) return tl::unexpected(squid.error());
    squid_ = std::move(*squid);
    if (playground_->has_namespaces()) {
        if (const Status allowed = playground_->allow_only_proxy(squid_.port); !allowed) return allowed;
    }
    const std::string answer = playground_->first_answer(Zone::Corp, squid_.address, squid_.port, fmt::format("CONNECT {0}:443 HTTP/1.1\r\nHost: {0}:443\r\n\r\n", kRelayHost));
    if (answer.find(" 407 ") == std::string::npos) return fail(Code::Internal, fmt::format("squid answers \"{}\" instead of 407 to a CONNECT without a password", excerpt(answer, 80)));
    done(fmt::format("squid at {} asks for a password", squid_.url()));
    std::ofstream(file("proxy-password")) << kPassword << "\n";
    std::filesystem::permissions(file("proxy-password"), std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    return {};
}

Status Demo::start_relay() {
    const auto port = playground_->port(Zone::Inet, 443);
    if (!port) return tl::unexpected(port.error());
    std::filesystem::create_directories(file("mesh"));
    auto init = playground_->start(Zone::Corp, culvert({"culvert", "init", file("mesh").string(), "--mesh", "demo", "--relay", fmt::format("wss://{}:{}/mesh", kRelayHost, *port),
                                                        "--proxy", squid_.url(), "--proxy-user", kUser, "--proxy-password-file", file("proxy-password").string()}, "init.log"));
    if (!init) return tl::unexpected(init.error());
    if (const Status status = wait_for(**init, "culvert init", file("init.log")); !status) return status;
    auto relay = playground_->start(Zone::Inet, culvert({"culvert-relay", "--config", file("mesh/relay.yaml").string()}, "relay.log"));
    if (!relay) return tl::unexpected(relay.error());
    relay_ = std::move(*relay);
    if (!playground_->accepts(Zone::Inet, playground_->address(Zone::Inet), *port, kStepPatience)) {
        return fail(Code::Internal, fmt::format("the relay did not start; {} says:\n{}", file("relay.log").string(), last_lines(file("relay.log"), 10)));
    }
    done(fmt::format("relay wss://{}:{}/mesh (a name that only the proxy can resolve)", kRelayHost, *port));
    return {};
}

Status Demo::join_agent(const std::string& name, const std::string& region, int weight) {
    const std::filesystem::path token = file("token-" + name);
    Command invite = culvert({"culvert", "invite", "--config", file("mesh/controller.yaml").string(), "--label", "region=" + region, "--quiet", "--wait"}, "invite.log");
    invite.stdout_file = token;
    auto inviting = playground_->start(Zone::Corp, invite);
    if (!inviting) return tl::unexpected(inviting.error());
    const SystemClock clock;
    const SteadyTime deadline = clock.steady_now() + kStepPatience;
    while (first_line(token).empty() && (*inviting)->running() && clock.steady_now() < deadline && interrupts == 0) (void)(*inviting)->wait(kGlance);
    const std::string folder = file(name).string();
    auto joining = playground_->start(Zone::Corp, culvert({"culvert-agent", "join", token.string(), "--state", folder, "--name", name, "--weight", fmt::format("{}", weight), "--proxy", squid_.url(),
                                                           "--proxy-user", kUser, "--proxy-password-file", file("proxy-password").string(), "--allow",
                                                           fmt::format("{}:{}", nginx_.address, nginx_.port)}, "join-" + name + ".log"));
    if (!joining) return tl::unexpected(joining.error());
    if (const Status status = wait_for(**joining, "culvert-agent join", file("join-" + name + ".log")); !status) return status;
    if (const Status status = wait_for(**inviting, "culvert invite", file("invite.log")); !status) return status;
    auto agent = playground_->start(Zone::Corp, culvert({"culvert-agent", "run", "--config", folder + "/agent.yaml"}, name + ".log"));
    if (!agent) return tl::unexpected(agent.error());
    agents_.push_back(std::move(*agent));
    done(fmt::format("agent {} joined with a token through the proxy", name));
    return {};
}

Status Demo::write_plan() {
    const std::string base = fmt::format("http://{}:{}", nginx_.address, nginx_.port);
    std::ofstream out(file("plan.yaml"));
    out << fmt::format(
        "culvert: 1\n"
        "name: Demo\n"
        "variables:\n"
        "  base: \"{base}\"\n"
        "scenarios:\n"
        "  browse:\n"
        "    load:\n"
        "      - ramp_rate: {{ from: 0/s, to: {rate}, over: {ramp} }}\n"
        "      - constant_rate: {{ rate: {rate}, for: {hold} }}\n"
        "    finish_within: 5s\n"
        "    steps:\n"
        "      - get: \"${{base}}/products\"\n"
        "        name: list products\n"
        "        check: {{ status: 200, json: {{ /items/0/sku: exists }} }}\n"
        "        save: {{ sku: {{ json: /items/0/sku }} }}\n"
        "      - get: \"${{base}}/products/${{sku}}\"\n"
        "        name: look at one\n"
        "      - post: \"${{base}}/cart\"\n"
        "        name: add to cart\n"
        "        json: {{ sku: \"${{sku}}\", count: 1 }}\n"
        "        check: {{ status: 201 }}\n"
        "  trickle:\n"
        "    load: [ constant_users: {{ users: 4, for: {length} }} ]\n"
        "    pace: 500ms\n"
        "    steps: [ get: \"${{base}}/health\" ]\n"
        "thresholds:\n"
        "  - p95(browse/list products) < 300ms\n"
        "  - error_rate < 1%\n",
        fmt::arg("base", base), fmt::arg("rate", to_string(options_.rate)), fmt::arg("ramp", to_string(options_.length / 5)),
        fmt::arg("hold", to_string(options_.length - options_.length / 5)), fmt::arg("length", to_string(options_.length)));
    out.close();
    if (!out) return fail(Code::Internal, "cannot write the plan");
    return {};
}

Status Demo::prepare() {
    if (const Status status = make_networks(); !status) return status;
    if (const Status status = start_proxy(); !status) return status;
    if (const Status status = start_relay(); !status) return status;
    if (const Status status = join_agent("fra-1", "eu", 2); !status) return status;
    if (const Status status = join_agent("iad-1", "us", 1); !status) return status;
    return write_plan();
}

Result<Exit> Demo::run() {
    std::filesystem::create_directories(options_.out);
    Command command{.argv = {"culvert", "run", file("plan.yaml").string(), "--config", file("mesh/controller.yaml").string(), "--wait-for-agents", "2", "--out",
                             std::filesystem::absolute(options_.out).string()},
                    .environment = {}, .output = {}, .stdout_file = {}, .directory = {}};
    auto running = playground_->start(Zone::Corp, command);
    if (!running) return tl::unexpected(running.error());
    int passed_on = 0;
    std::optional<Exit> exit;
    while (!(exit = (*running)->wait(kGlance))) {
        for (; passed_on < interrupts; ++passed_on) (*running)->signal(SIGINT);
    }
    return *exit;
}

Result<std::uint64_t> Demo::reported_requests() const {
    std::ifstream in(options_.out / "report.json");
    const auto report = nlohmann::json::parse(in, nullptr, false);
    const nlohmann::json::json_pointer at("/totals/requests");
    if (report.is_discarded() || !report.contains(at)) return fail(Code::Internal, (options_.out / "report.json").string() + " is not a report");
    return report[at].get<std::uint64_t>();
}

Status Demo::verify() {
    for (const auto& agent : agents_) {
        const auto listening = listening_sockets(agent->pid());
        if (!listening) return tl::unexpected(listening.error());
        if (*listening != 0) return fail(Code::Internal, fmt::format("an agent has {} listening sockets", *listening));
    }
    done("the agents have no listening socket");
    if (playground_->has_namespaces()) {
        const auto stray = playground_->stray_packets();
        if (!stray) return tl::unexpected(stray.error());
        if (*stray != 0) return fail(Code::Internal, fmt::format("{} packets left corp for something else than the proxy", *stray));
        done("no packet left corp except to the proxy");
    }
    const auto reported = reported_requests();
    if (!reported) return tl::unexpected(reported.error());
    const std::uint64_t logged = count_lines(nginx_.access_log);
    if (logged != *reported) return fail(Code::Internal, fmt::format("nginx logged {} requests, the report counts {}", logged, *reported));
    done(fmt::format("nginx logged {} requests, and the report counts {}", logged, *reported));
    return {};
}

void Demo::clean_up(bool all_well) {
    if (!playground_) return;
    const std::filesystem::path folder = playground_->folder();
    if (all_well && !options_.keep) {
        for (auto& agent : agents_) agent->stop();
        relay_->stop();
        squid_.process->stop();
        nginx_.process->stop();
        std::error_code ignored;
        std::filesystem::remove_all(folder, ignored);
    } else {
        say(fmt::format("configurations and logs: {}", folder.string()));
    }
}

ExitCode failed(Demo& demo, const Error& error) {
    if (interrupts == 0) say("✗ " + error.message);
    demo.clean_up(false);
    return interrupts > 0 ? ExitCode::Interrupted : ExitCode::Internal;
}

}  // namespace

ExitCode run_demo(const DemoOptions& options) {
    const InterruptGuard guard;
    Demo demo(options);
    if (const Status prepared = demo.prepare(); !prepared) return failed(demo, prepared.error());
    const auto exit = demo.run();
    if (!exit) return failed(demo, exit.error());
    if (*exit == 0 || *exit == static_cast<Exit>(ExitCode::NotTrustworthy)) {
        if (const Status verified = demo.verify(); !verified) return failed(demo, verified.error());
    }
    demo.clean_up(*exit == 0);
    if (*exit == 0) say(fmt::format("report: {}", (options.out / "report.html").string()));
    return static_cast<ExitCode>(*exit);
}

}  // namespace culvert::demo
