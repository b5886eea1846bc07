// A whole mesh of the real programs on a playground: squid, relay, controller, agents. The demo tells a story with it,
// end-to-end tests use it too.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "controller/demo/playground.h"
#include "controller/demo/servers.h"

namespace culvert::demo {

struct LabMeshSettings {
    std::string name = "demo";
    std::string relay_host = "relay.demo.test";  // only the proxy can resolve it
    std::string user = "demo";
    std::string password = "a proxy's password: @%:";
    std::function<bool()> interrupted = [] { return false; };  // looked at while waiting
};

struct LabAgent {
    std::string name;
    std::map<std::string, std::string> labels;
    double weight = 1;
    std::vector<std::string> allow;      // host:port
    std::vector<std::string> more = {};  // further options of `culvert-agent join`
};

class LabMesh {
  public:
    // `playground` outlives the mesh.
    LabMesh(const Playground& playground, LabMeshSettings settings);
    // Stops agents, then relay, then proxy.
    ~LabMesh();
    LabMesh(const LabMesh&) = delete;
    LabMesh& operator=(const LabMesh&) = delete;

    Status start_proxy(ProxyPolicy policy = ProxyPolicy::AllowAll);
    void stop_proxy();  // cuts every link; start_proxy() brings the same address back
    const Squid& squid() const { return squid_; }

    // `culvert init`, then the relay. After stop_relay() it only starts the relay again.
    Status start_relay();
    void stop_relay();
    ChildProcess& relay() { return *relay_; }
    std::string relay_url() const;

    // Invites, joins and runs an agent; it is ready when `culvert agents` says so.
    Status join_agent(const LabAgent& agent);
    Status start_agent(const std::string& name);
    void stop_agent(const std::string& name);
    ChildProcess& agent(const std::string& name) { return *agents_.at(name); }
    const std::map<std::string, std::unique_ptr<ChildProcess>>& agents() const { return agents_; }

    // `culvert ARGUMENTS… --config controller.yaml`, to be started in zone corp. Output goes to `log` in the
    // playground's folder; empty: to the terminal.
    Command culvert(std::vector<std::string> arguments, const std::string& log) const;
    Command program(std::vector<std::string> argv, const std::string& log) const;
    std::filesystem::path file(const std::string& name) const { return playground_.folder() / name; }
    // Waits for a program to end well; otherwise says what it wrote last.
    Status expect_success(Result<std::unique_ptr<ChildProcess>> process, const std::string& what,
                          const std::string& log) const;

  private:
    const Playground& playground_;
    const LabMeshSettings settings_;
    Squid squid_;
    std::uint16_t relay_port_ = 0;
    std::unique_ptr<ChildProcess> relay_;
    std::map<std::string, std::unique_ptr<ChildProcess>> agents_;
};

}  // namespace culvert::demo
