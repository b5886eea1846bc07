// A run carried by this process, from its session's start to its end, with the store, signals and whoever watches.
// Internal to controller/run.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "common/config/node_config.h"
#include "controller/run/run_session.h"
#include "controller/store/store.h"

namespace culvert::run {

struct CarriedRun {
    RunSessionSetup session;
    bool catch_signals = true;
    std::function<void(const std::vector<roster::RosterEntry>& chosen)> on_chosen{};
    std::optional<WallTime> began{};  // in another process
};

tl::expected<RunEnd, NotStarted> carry_run(const config::ControllerConfig& config, CarriedRun run,
                                           RunObserver& observer, store::Store* store);

}  // namespace culvert::run
