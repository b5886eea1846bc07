// A whole mesh in one process: relay, agents with the real engine, each behind a proxy of its own, a target, and what a
// controller needs to reach them.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "agent/cli/daemon.h"
#include "common/net/loop.h"
#include "controller/run/run_plan.h"
#include "tests/support/http_origin.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/test_proxy.h"
#include "tests/support/test_relay.h"

namespace culvert::test {

// A culvert-agent on a thread of its own.
class MeshAgent {
  public:
    MeshAgent(const TestRelay& relay, const std::string& name, double weight, config::Labels labels,
              std::vector<std::string> targets);
    ~MeshAgent() { kill(); }
    MeshAgent(const MeshAgent&) = delete;
    MeshAgent& operator=(const MeshAgent&) = delete;

    // As SIGKILL: says goodbye to nobody.
    void kill();
    // Another process of the same agent, after kill().
    void start();
    TestProxy& proxy() { return proxy_; }
    const std::string& identity_file() const { return config_.identity; }

  private:
    TemporaryFolder folder_;
    TestProxy proxy_;
    config::AgentConfig config_;
    std::unique_ptr<net::Loop> loop_;
    std::unique_ptr<agent::cli::Daemon> daemon_;
    std::thread thread_;
};

// Keeps what a run says, and acts on it.
class Watcher final : public run::RunObserver {
  public:
    void on_view(const run::RunView& view) override {
        last = view;
        if (act) act(view);
    }
    void on_event(const results::Event& event) override { events.push_back(event); }
    void on_over(const run::RunEnd&) override { ++overs; }
    bool heard(const std::string& kind, const std::string& agent = "") const;
    std::string told() const;  // all events, for INFO

    std::function<void(const run::RunView&)> act;  // on the run's thread
    std::vector<results::Event> events;
    std::optional<run::RunView> last;
    int overs = 0;
};

class RunMesh {
  public:
    explicit RunMesh(HttpOrigin::Handler answer = HttpOrigin::after(Duration{}));

    MeshAgent& add_agent(const std::string& name, double weight = 1, config::Labels labels = {});
    MeshAgent& agent(const std::string& name) { return *agents_.at(name); }
    // Agents a1, a2 and a4, of these weights.
    void add_three();

    const config::ControllerConfig& config() const { return config_; }
    config::ControllerConfig& config() { return config_; }
    TestRelay& relay() { return relay_; }
    TestProxy& proxy() { return proxy_; }  // the controller's
    HttpOrigin& origin() { return origin_; }
    const TemporaryFolder& folder() const { return folder_; }
    std::filesystem::path out_dir() const { return folder_.file("out"); }

    // A plan whose scenario "one" gets the target's page; `load` in flow style.
    std::shared_ptr<const workload::Plan> plan(const std::string& load, const std::string& more = "") const;
    run::RunRequest request(std::shared_ptr<const workload::Plan> plan, std::size_t agents) const;
    tl::expected<run::RunEnd, run::NotStarted> run(run::RunRequest request, store::Store* store = nullptr) {
        return run::run_plan(config_, std::move(request), watcher, store);
    }

    Watcher watcher;

  private:
    TemporaryFolder folder_;
    TestRelay relay_;
    TestProxy proxy_;
    HttpOrigin origin_;
    config::ControllerConfig config_;
    std::map<std::string, std::unique_ptr<MeshAgent>> agents_;
};

std::uint64_t requests_of(const results::RunResult& result);
// Ids of the reasons to doubt the run, but for those that are this machine's alone: a busy one starts iterations late.
std::vector<std::string> doubts(const std::vector<results::TrustReason>& trust);
std::uint64_t requests_of(const results::AgentResult& agent);

}  // namespace culvert::test
