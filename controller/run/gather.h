// Waits, on the loop, until the mesh is reached and the agents have introduced themselves.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/exit_code.h"
#include "common/net/loop.h"
#include "controller/run/mesh.h"

namespace culvert::run {

// From the second second on, once a second: what is being waited for, in one line for a person.
using WaitingLine = std::function<void(const std::string& text)>;

// Where a round trip to the relay takes seconds, all these times grow with it.
struct GatherGoal {
    workload::Selector selector;
    std::size_t at_least = 0;                           // agents that match and are ready; 0: whoever is present
    Duration reach_relay = std::chrono::seconds(12);    // then Disconnected, with the last reason
    Duration introductions = std::chrono::seconds(10);  // then those who did not answer are Unreachable
    Duration for_agents = std::chrono::minutes(1);      // to at_least
    WaitingLine on_waiting{};
    std::string relay{};  // how on_waiting names it
};

// Loop thread only. Stops looking when destroyed.
class Gathering {
  public:
    // `done`: the agents of the mesh by name; Disconnected: the relay was not reached; Timeout: fewer than at_least
    // came (the message says who is there).
    using Done = std::function<void(Result<std::vector<roster::RosterEntry>>)>;
    Gathering(net::Loop& loop, Mesh& mesh, GatherGoal goal, Done done);

    // What MeshEvents::on_link_down hears.
    void link_down(const Error& why, std::optional<Duration> retry_in);

  private:
    void look();
    void finish(Result<std::vector<roster::RosterEntry>> result);
    Duration patience(Duration usual, int trips) const;
    std::size_t matching(const std::vector<roster::RosterEntry>& entries) const;
    std::string waited_for(SteadyTime now) const;

    net::Loop& loop_;
    Mesh& mesh_;
    const GatherGoal goal_;
    Done done_;
    const SteadyTime begun_;
    std::optional<SteadyTime> listed_at_;
    std::optional<Error> last_error_;
    std::optional<SteadyTime> next_try_;
    SteadyTime next_line_;
    std::unique_ptr<net::Loop::Timer> timer_;
};

// The relay of this configuration as a person knows it: its URL, and how many others there are.
std::string relay_of(const config::ControllerConfig& config);

// What a command that could not gather its agents exits with.
ExitCode exit_code_of(const Error& error, const Mesh& mesh);

}  // namespace culvert::run
