// Keeps what happens in the controller's store: the run, at each change of its state, and the agents that were seen.
#pragma once

#include <string>
#include <vector>

#include "common/base/clock.h"
#include "controller/roster/roster.h"
#include "controller/run/run_controller.h"
#include "controller/store/store.h"

namespace culvert::run {

// A store that cannot be written does not stop a run: it is said once in the log.
void remember_agents(store::Store& store, const std::vector<roster::RosterEntry>& entries, const Clock& clock);
// Adds the agents of the store that are not among the entries, as Offline, and what is known of those that did not
// introduce themselves now.
void add_offline_agents(store::Store& store, std::vector<roster::RosterEntry>& entries);

class RecordingObserver final : public RunObserver {
  public:
    // `store` may be nullptr: then it only passes on.
    RecordingObserver(RunObserver& next, store::Store* store, const RunSetup& setup, std::string control_socket,
                      const Clock& clock);

    void on_present(const std::vector<roster::RosterEntry>& present);
    // The run began in another process.
    void began(WallTime at) { record_.started = at; }
    void on_chosen(const std::vector<roster::RosterEntry>& chosen);
    void on_view(const RunView& view) override;
    void on_event(const results::Event& event) override { next_.on_event(event); }
    void on_over(const RunEnd& end) override;

  private:
    void put();

    RunObserver& next_;
    store::Store* const store_;
    const Clock& clock_;
    store::RunRecord record_;
    bool told_ = false;
};

}  // namespace culvert::run
