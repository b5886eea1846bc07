// What all worker threads of one run share. Immutable during the run, or safe for any thread.
#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "agent/charter/charter.h"
#include "agent/http/masker.h"
#include "agent/http/proxy_dialer.h"
#include "agent/http/resolver.h"
#include "agent/http/tls_context.h"
#include "agent/recorder/reporter.h"
#include "agent/schedule/seat_rule.h"
#include "agent/worker/data_source.h"
#include "agent/worker/engine.h"
#include "agent/worker/user_limit.h"
#include "common/workload/scenario_load.h"

namespace culvert::agent::worker {

struct RunParts {
    RunSpec spec;
    charter::Charter charter;
    EngineOptions options;
    SystemClock clock;
    std::vector<std::shared_ptr<const workload::ScenarioLoad>> loads;  // by Plan::scenarios
    std::vector<schedule::SeatRule> rules;                             // at the start, by Plan::scenarios
    std::vector<std::unique_ptr<DataSource>> data;                     // by Plan::data
    std::unique_ptr<std::atomic<std::uint64_t>[]> users_made;          // open model, by Plan::scenarios
    UserLimit user_limit;
    http::TargetTrust trust;
    http::Masker masker;
    http::Resolver resolver;
    std::unique_ptr<http::ProxyDialer> dialer;  // null: no proxy

    // Refuses what the charter does not allow and what the plan and its data do not support.
    static Result<std::unique_ptr<RunParts>> prepare(RunSpec spec, const charter::Charter& charter,
                                                     EngineOptions options);

  private:
    RunParts(RunSpec run, const charter::Charter& rules_of_owner, EngineOptions engine_options,
             http::TargetTrust target_trust);
};

// One rule for each scenario.
Result<std::vector<schedule::SeatRule>> seat_rules(const workload::Plan& plan, const workload::Share& share);

}  // namespace culvert::agent::worker
