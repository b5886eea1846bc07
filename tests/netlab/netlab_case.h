// One case: a topology, what goes wrong in it and when, and what must be true nevertheless. docs/netlab.md describes
// the files. Pure data, with ${variables} not yet expanded.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/result.h"
#include "common/base/units.h"
#include "controller/demo/playground.h"
#include "template_text.h"

namespace YAML {
class Node;
}

namespace culvert::netlab {

// A program beside the mesh: cases/….yaml names it, servers/….yaml says how it is configured and started.
struct ServerSpec {
    std::string name;
    demo::Zone zone = demo::Zone::Dmz;
    std::uint16_t port = 0;  // 0: it listens on none
    std::string user;        // owner of its folder; empty: ours
    bool from_corp = true;   // corp may reach its port
    bool running = true;     // from the beginning
    Variables variables;     // its own, as ${self.NAME}
    std::map<std::string, std::string> files;
    std::string setup;  // shell, in its folder, before the start
    std::vector<std::string> argv;
    std::string ready;  // shell that succeeds when it is ready; empty: its port accepts
};

// What is done to the lab at an instant.
struct Step {
    enum class After { Start, Run };  // since the agent was started; since the first request of the run
    After after = After::Run;
    Duration at{0};
    std::optional<Duration> every;  // again and again, until the run ends
    std::string server, line;       // an order for a fault proxy
    std::string stop, start;        // names of servers; "relay", "agent"
    bool kill_relay = false;        // without a chance to say a word to anybody
    demo::Zone zone = demo::Zone::Dmz;
    std::string script;
};

// A regular expression that lines of a log match so many times.
struct LogRule {
    std::string of;    // "agent", "controller", "relay", "events" of the run, or a server
    std::string file;  // in the server's folder
    std::string pattern;
    int at_least = 0;
    std::optional<int> at_most;
};

// How a node of ours is started: where it differs between agents and controllers.
struct NodeSpec {
    std::shared_ptr<const YAML::Node> config;  // merged into its configuration
    std::map<std::string, std::string> environment;
    std::vector<std::string> prefix;  // before its command line; it must not fork: "nice -n 5"
};

// One run of a node's doctor, behind the same proxies as the node.
struct DoctorRule {
    std::string on = "agent";                       // or "controller"
    std::vector<std::string> failing;               // exactly these hops, in their order
    std::optional<std::vector<std::string>> noted;  // so too; empty: whatever it notes
    int exit = 0;
    std::string says;    // a regular expression that its report matches
    bool probe = false;  // it also watches how long links live
};

struct Expectation {
    std::optional<Duration> online_within;
    std::optional<Duration> offline_for;       // it must not come online at all
    std::optional<Duration> again_within;      // online once more, after the first step that was done during the run
    std::optional<Duration> herd_back_within;  // every link of the herd, after the relay was killed
    std::string transport;
    bool run = true;
    std::vector<int> run_exits{0, 6};
    std::optional<int> agent_exit;  // it ends by itself
    int agents_lost = 0;
    bool may_ask_dns = false;  // a PAC script that asks isInNet() of a name does
    std::vector<LogRule> logs;
    std::vector<DoctorRule> doctors;
    bool agents() const { return online_within || offline_for; }  // else the doctors are all there is
};

struct Case {
    std::string name;  // of the file
    std::string title;
    std::vector<std::string> modes;  // of reference list, "1"…"20", "+"
    std::string scheme, proxy;       // for the table
    Variables variables;
    std::vector<ServerSpec> servers;
    std::vector<std::uint16_t> allow_ports;  // of the dmz, besides those of the servers
    std::shared_ptr<const YAML::Node> tunnel;
    NodeSpec agent, controller;
    std::shared_ptr<const YAML::Node> relay_config;  // merged into relay.yaml
    std::optional<std::uint16_t> relay_port;  // where the real relay moves to after enrolment; a server takes its place
    int agents = 1;
    demo::Zone target = demo::Zone::Corp;       // of the load; Inet: agents reach it through load.proxy only
    std::size_t quick_herd = 0, full_herd = 0;  // links beside the agents
    std::vector<Step> steps;
    Duration quick_run = std::chrono::seconds(4), full_run = std::chrono::seconds(30);
    std::string run_agents;  // a selector; empty: all
    std::string run_rate = "50/s";
    Expectation expect;
};

// `folder`: of the netlab, with cases/ and servers/.
Result<Case> load_case(const std::filesystem::path& folder, const std::string& name);
std::vector<std::string> case_names(const std::filesystem::path& folder);

}  // namespace culvert::netlab
