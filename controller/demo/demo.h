// `culvert demo`: the main job on one machine, with the real programs: a relay, two agents that join with tokens, a
// controller, all behind a squid that asks for a password, and an nginx under load. Says what it does, checks what it
// claims, and stops whatever it started.
#pragma once

#include <filesystem>

#include "common/base/exit_code.h"
#include "common/base/units.h"
#include "controller/demo/playground.h"

namespace culvert::demo {

struct DemoOptions {
    Rate rate = Rate::per_second(200);  // of iterations
    Duration length{std::chrono::seconds(30)};
    std::filesystem::path out = "runs/demo";  // of the report
    Isolation isolation = Isolation::NamespacesIfPermitted;
    bool keep = false;  // the folder with configurations and logs; kept anyway when something failed
};

// Main thread; handles SIGINT and SIGTERM while it runs.
ExitCode run_demo(const DemoOptions& options);

}  // namespace culvert::demo
