#include "tests/integration/run/run_mesh.h"

#include <algorithm>
#include <stdexcept>

#include "agent/worker/engine.h"
#include "common/base/log.h"

namespace culvert::test {
namespace {

using namespace std::chrono_literals;

// An agent is no daemon of this machine: what a test waits for is what the test says.
config::TunnelConfig tunnel_to(const TestRelay& relay, const TestProxy& proxy) {
    config::TunnelConfig tunnel;
    tunnel.relays = {relay.url()};
    tunnel.pin_sha256 = {relay.web_pin()};
    tunnel.proxy.source = config::ProxyConfig::Source::Urls;
    tunnel.proxy.urls = {proxy.url()};
    return tunnel;
}

template <class T>
T must(Result<T> result) {
    if (!result) throw std::runtime_error(result.error().message);
    return std::move(*result);
}

void must(const Status& status) {
    if (!status) throw std::runtime_error(status.error().message);
}

std::string saved(const crypto::Identity& identity, const std::string& file) {
    must(identity.save(file));
    return file;
}

}  // namespace

MeshAgent::MeshAgent(const TestRelay& relay, const std::string& name, double weight, config::Labels labels,
                     std::vector<std::string> targets) {
    config_.directory = folder_.path();
    config_.mesh = "acme";
    config_.name = name;
    config_.labels = std::move(labels);
    config_.weight = weight;
    config_.identity = saved(relay.agent(name), folder_.file("identity.pem"));
    config_.tunnel = tunnel_to(relay, proxy_);
    config_.charter.emplace();
    config_.charter->targets = std::move(targets);
    config_.charter->max_rate = Rate::per_second(10'000);
    config_.charter->max_users = 1000;
    start();
}

void MeshAgent::start() {
    loop_ = std::make_unique<net::Loop>();
    daemon_ = must(agent::cli::Daemon::create(*loop_, config_, &agent::worker::Engine::prepare));
    daemon_->start();
    thread_ = std::thread([this] { loop_->run(); });
}

void MeshAgent::kill() {
    if (!thread_.joinable()) return;
    loop_->stop();
    thread_.join();
    daemon_.reset();
    loop_.reset();
}

bool Watcher::heard(const std::string& kind, const std::string& agent) const {
    return std::any_of(events.begin(), events.end(), [&](const results::Event& event) {
        return event.kind == kind && (agent.empty() || event.agent == agent);
    });
}

std::string Watcher::told() const {
    std::string text;
    for (const results::Event& event : events)
        text += std::to_string(event.at_millis) + " " + event.kind + " " + event.agent + ": " + event.text + "\n";
    return text;
}

RunMesh::RunMesh(HttpOrigin::Handler answer) : origin_(std::move(answer)) {
    log::configure(log::Level::Error, log::Format::Text);
    config_.directory = folder_.path();
    config_.mesh = "acme";
    config_.name = "ops";
    config_.identity = saved(relay_.controller("ops"), folder_.file("identity.pem"));
    config_.tunnel = tunnel_to(relay_, proxy_);
    config_.store = folder_.file("runs.sqlite");
    config_.run.agent_lost_after = 1500ms;
    config_.run.start_delay = 300ms;
}

MeshAgent& RunMesh::add_agent(const std::string& name, double weight, config::Labels labels) {
    auto agent =
        std::make_unique<MeshAgent>(relay_, name, weight, std::move(labels), std::vector<std::string>{"127.0.0.1"});
    return *(agents_[name] = std::move(agent));
}

void RunMesh::add_three() {
    add_agent("a1", 1, {{"size", "small"}});
    add_agent("a2", 2, {{"size", "small"}});
    add_agent("a4", 4, {{"size", "large"}});
}

std::shared_ptr<const workload::Plan> RunMesh::plan(const std::string& load, const std::string& more) const {
    const std::string text = "culvert: 1\nname: Mesh\nscenarios:\n  one:\n    load: [ " + load +
                             " ]\n    finish_within: 3s\n    steps: [ get: \"" + origin_.url() + "/page\" ]\n" + more;
    auto plan = workload::parse_plan("mesh.yaml", text);
    if (!plan) throw std::runtime_error(config::to_string(plan.error().front()));
    return std::make_shared<const workload::Plan>(std::move(*plan));
}

run::RunRequest RunMesh::request(std::shared_ptr<const workload::Plan> plan, std::size_t agents) const {
    run::RunRequest request;
    request.plan = std::move(plan);
    request.wait_for_agents = agents;
    request.wait_at_most = 10s;
    request.catch_signals = false;
    return request;
}

std::uint64_t requests_of(const results::RunResult& result) {
    std::uint64_t sum = 0;
    for (const metrics::ScenarioStats& scenario : result.totals) {
        for (const metrics::StepStats& step : scenario.steps) sum += step.requests;
    }
    return sum;
}

std::vector<std::string> doubts(const std::vector<results::TrustReason>& trust) {
    std::vector<std::string> ids;
    for (const results::TrustReason& reason : trust) {
        const bool of_machine = reason.id == "lateness" || reason.id == "missed_slots" || reason.id == "generator_cpu";
        if (!of_machine) ids.push_back(reason.id);
    }
    return ids;
}

std::uint64_t requests_of(const results::AgentResult& agent) {
    std::uint64_t sum = 0;
    for (const metrics::ScenarioStats& scenario : agent.totals) {
        for (const metrics::StepStats& step : scenario.steps) sum += step.requests;
    }
    return sum;
}

}  // namespace culvert::test
