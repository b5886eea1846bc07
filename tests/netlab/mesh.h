// The mesh of a case: one relay, one controller and its agents, all real programs. They are enrolled in inet, where
// nothing is in the way; only then do they get the configuration of the case and move to corp, behind its proxies.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "lab.h"

namespace culvert::netlab {

class Mesh {
  public:
    // Both outlive it.
    Mesh(const Lab& lab, const Case& netlab_case) : lab_(lab), case_(netlab_case) {}

    // Enrols everybody and starts the relay.
    Status prepare();
    Status start_relay();
    void stop_relay();
    void kill_relay();

    Status start_agents();
    void stop_agents();
    // Stops everything. One line for each program that ended, now or before, as it should not have.
    std::vector<std::string> stop();
    // Of the first agent: how often it said that it is connected.
    int times_connected() const;
    std::string transport() const;
    std::optional<demo::Exit> agent_exit();

    // `culvert ARGUMENTS…` in corp, with the controller's configuration of the case.
    Result<std::unique_ptr<demo::ChildProcess>> culvert(std::vector<std::string> arguments, const std::string& log,
                                                        const std::string& out) const;
    // Links of thousands of further agents, in corp, by the tunnel of the first one. `out`: a JSON object a line.
    Result<std::unique_ptr<demo::ChildProcess>> herd(std::size_t links, const std::string& out) const;
    // `culvert-agent doctor` or `culvert doctor` in corp; it prints JSON to `out` and writes a report.
    Result<std::unique_ptr<demo::ChildProcess>> doctor(const DoctorRule& rule, const std::string& out,
                                                       const std::string& report) const;
    std::filesystem::path file(const std::string& name) const { return lab_.folder() / name; }
    static std::string agent_name(int number) { return "agent" + std::to_string(number); }

  private:
    Status make_files();
    Status issue_web_certificate() const;
    Status enrol_agents();
    Status write_configurations() const;
    void end(demo::ChildProcess& process, const std::string& name, demo::Exit expected);
    // To the port that the case gives it: something else stands where it was.
    Status move_relay();
    Status run_to_success(demo::Zone zone, std::vector<std::string> argv, const std::string& log) const;
    Result<std::unique_ptr<demo::ChildProcess>> start_node(std::vector<std::string> argv, const NodeSpec& node,
                                                           const std::string& log, const std::string& out) const;

    const Lab& lab_;
    const Case& case_;
    std::vector<std::string> bad_ends_;
    std::uint16_t relay_port_ = kRelayPort;
    std::unique_ptr<demo::ChildProcess> relay_;
    std::vector<std::unique_ptr<demo::ChildProcess>> agents_;
};

}  // namespace culvert::netlab
