// What the command line calls. Each blocks, with a loop of its own on the calling thread, until it is done.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/config/node_config.h"
#include "common/workload/plan.h"
#include "controller/run/run_session.h"
#include "controller/store/store.h"

namespace culvert::run {

struct RunRequest {
    std::string id;  // empty: a new one
    std::shared_ptr<const workload::Plan> plan;
    workload::Inputs inputs;            // --set
    workload::Environment environment;  // empty: that of the process
    workload::Selector agents;          // --agents
    std::size_t wait_for_agents = 0;    // so many that match; 0: whoever is present
    Duration wait_at_most = std::chrono::minutes(1);
    Duration reach_relay = GatherGoal{}.reach_relay;
    std::optional<std::uint64_t> seed;  // random unless given
    std::filesystem::path out_dir;      // made when needed; control.sock is in it. Empty: no control socket
    bool catch_signals = true;          // SIGINT, SIGTERM: the first stops gracefully, the second at once
    std::function<void(const std::vector<roster::RosterEntry>& chosen)> on_chosen;  // before anything is sent to them
    WaitingLine on_waiting{};
};

inline constexpr const char* kControlSocket = "control.sock";

// Reaches the mesh, runs the plan, returns when the agents were told that it is over. `store`: keeps the run and the
// agents seen; nullptr: nowhere. `observer` is called on this thread.
tl::expected<RunEnd, NotStarted> run_plan(const config::ControllerConfig& config, RunRequest request,
                                          RunObserver& observer, store::Store* store);

// Goes on with a run whose process has died, by what it left in its folder: the agents carry their load meanwhile and
// keep their results. The same otherwise. Code of NotStarted: Usage: there is no such run, or its process lives.
struct TakeUpRequest {
    store::RunRecord record;
    bool catch_signals = true;
};
tl::expected<RunEnd, NotStarted> take_up_run(const config::ControllerConfig& config, const TakeUpRequest& request,
                                             RunObserver& observer, store::Store* store);
// Once the report is written: nobody will have to take the run up.
void forget_journal(const std::filesystem::path& out_dir);

// Wants to join, and waits for a controller to sign. Said by itself: whether the invite knows it is not checked.
struct PendingNode {
    std::string name;    // empty: its join cannot be read
    std::string invite;  // id, hex
    std::string peer;    // address that the relay sees, perhaps a proxy's
    Duration waits{};
};

// Who is there, for `culvert agents`.
struct MeshSnapshot {
    std::string mesh, self;
    tunnel::link::LinkInfo link;
    std::vector<roster::RosterEntry> agents;  // by name; with those of the store that are offline
    std::vector<PendingNode> pending;         // longest wait first
};
tl::expected<MeshSnapshot, NotStarted> look_at_mesh(const config::ControllerConfig& config, store::Store* store,
                                                    const WaitingLine& on_waiting = {});

}  // namespace culvert::run
