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
#include "controller/demo/lab_mesh.h"
#include "controller/demo/servers.h"
#include "controller/demo/sockets.h"

namespace culvert::demo {
namespace {

using namespace std::chrono_literals;

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
    struct sigaction before_int_ {
    }, before_term_{};
};

void say(const std::string& line) {
    fmt::print(stderr, "{}\n", line);
}
void done(const std::string& line) {
    say("✓ " + line);
}

std::uint64_t count_lines(const std::filesystem::path& file) {
    std::ifstream in(file);
    std::uint64_t lines = 0;
    for (std::string line; std::getline(in, line);) ++lines;
    return lines;
}

class Demo {
  public:
    explicit Demo(const DemoOptions& options) : options_(options) {}

    Status prepare();
    Result<Exit> run();
    Status verify();
    // Stops everything; the folder with configurations and logs goes too when all went well.
    void clean_up(bool all_well);

  private:
    Status make_networks();
    Status start_proxy();
    Status start_relay();
    Status join_agent(const LabAgent& agent);
    Status write_plan();
    Result<std::uint64_t> reported_requests() const;

    const DemoOptions options_;
    std::unique_ptr<Playground> playground_;
    Nginx nginx_;
    std::unique_ptr<LabMesh> mesh_;
};

Status Demo::make_networks() {
    // Under /tmp, because squid and nginx give up root and must still reach their files.
    std::string folder = (std::filesystem::temp_directory_path() / "culvert-demo-XXXXXX").string();
    if (::mkdtemp(folder.data()) == nullptr) return fail(Code::Internal, "cannot make a folder under " + folder);
    std::filesystem::permissions(folder, std::filesystem::perms::owner_all | std::filesystem::perms::group_exec |
                                             std::filesystem::perms::others_exec);
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
    LabMeshSettings settings;
    settings.interrupted = [] { return interrupts > 0; };
    mesh_ = std::make_unique<LabMesh>(*playground_, settings);
    if (const Status started = mesh_->start_proxy(); !started) return started;
    const Squid& squid = mesh_->squid();
    const std::string answer = playground_->first_answer(
        Zone::Corp, squid.address, squid.port,
        fmt::format("CONNECT {0}:443 HTTP/1.1\r\nHost: {0}:443\r\n\r\n", settings.relay_host));
    if (answer.find(" 407 ") == std::string::npos)
        return fail(Code::Internal, fmt::format("squid answers \"{}\" instead of 407 to a CONNECT without a password",
                                                excerpt(answer, 80)));
    done(fmt::format("squid at {} asks for a password", squid.url()));
    return {};
}

Status Demo::start_relay() {
    if (const Status started = mesh_->start_relay(); !started) return started;
    done(fmt::format("relay {} (a name that only the proxy can resolve)", mesh_->relay_url()));
    return {};
}

Status Demo::join_agent(const LabAgent& agent) {
    if (const Status joined = mesh_->join_agent(agent); !joined) return joined;
    done(fmt::format("agent {} joined with a token, through the proxy", agent.name));
    return {};
}

Status Demo::write_plan() {
    const std::string base = fmt::format("http://{}:{}", nginx_.address, nginx_.port);
    std::ofstream out(mesh_->file("plan.yaml"));
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
        fmt::arg("base", base), fmt::arg("rate", to_string(options_.rate)),
        fmt::arg("ramp", to_string(options_.length / 5)),
        fmt::arg("hold", to_string(options_.length - options_.length / 5)),
        fmt::arg("length", to_string(options_.length)));
    out.close();
    if (!out) return fail(Code::Internal, "cannot write the plan");
    return {};
}

Status Demo::prepare() {
    if (const Status status = make_networks(); !status) return status;
    if (const Status status = start_proxy(); !status) return status;
    if (playground_->has_namespaces()) {
        if (Status allowed = playground_->allow_only_proxy(mesh_->squid().port); !allowed) return allowed;
    }
    auto nginx = start_nginx(*playground_, Zone::Corp);
    if (!nginx) return tl::unexpected(nginx.error());
    nginx_ = std::move(*nginx);
    if (const Status status = start_relay(); !status) return status;
    const std::vector<std::string> allow{fmt::format("{}:{}", nginx_.address, nginx_.port)};
    if (const Status status =
            join_agent({.name = "fra-1", .labels = {{"region", "eu"}}, .weight = 2, .allow = allow, .more = {}});
        !status)
        return status;
    if (const Status status =
            join_agent({.name = "iad-1", .labels = {{"region", "us"}}, .weight = 1, .allow = allow, .more = {}});
        !status)
        return status;
    return write_plan();
}

Result<Exit> Demo::run() {
    std::filesystem::create_directories(options_.out);
    auto running =
        playground_->start(Zone::Corp, mesh_->culvert({"run", mesh_->file("plan.yaml").string(), "--wait-for-agents",
                                                       "2", "--out", std::filesystem::absolute(options_.out).string()},
                                                      ""));
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
    if (report.is_discarded() || !report.contains(at))
        return fail(Code::Internal, (options_.out / "report.json").string() + " is not a report");
    return report[at].get<std::uint64_t>();
}

Status Demo::verify() {
    for (const auto& [name, agent] : mesh_->agents()) {
        const auto listening = listening_sockets(agent->pid());
        if (!listening) return tl::unexpected(listening.error());
        if (*listening != 0)
            return fail(Code::Internal, fmt::format("agent {} has {} listening sockets", name, *listening));
    }
    done("the agents have no listening socket");
    if (playground_->has_namespaces()) {
        const auto stray = playground_->stray_packets();
        if (!stray) return tl::unexpected(stray.error());
        if (*stray != 0)
            return fail(Code::Internal, fmt::format("{} packets left corp for something else than the proxy", *stray));
        done("no packet left corp except to the proxy");
    }
    const auto reported = reported_requests();
    if (!reported) return tl::unexpected(reported.error());
    const std::uint64_t logged = count_lines(nginx_.access_log);
    if (logged != *reported)
        return fail(Code::Internal, fmt::format("nginx logged {} requests, the report counts {}", logged, *reported));
    done(fmt::format("nginx logged {} requests, and the report counts {}", logged, *reported));
    return {};
}

void Demo::clean_up(bool all_well) {
    mesh_.reset();
    nginx_.process.reset();
    if (!playground_) return;
    const std::filesystem::path folder = playground_->folder();
    playground_.reset();
    if (all_well && !options_.keep) {
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
    std::error_code ignored;
    if (std::filesystem::exists(options.out / "report.html", ignored))
        say(fmt::format("report: {}", (options.out / "report.html").string()));
    return static_cast<ExitCode>(*exit);
}

}  // namespace culvert::demo
