// What is known before the start, held against the charter: literal targets, the highest rate, the most users of the
// closed model.
#pragma once

#include <memory>
#include <vector>

#include "agent/charter/charter.h"
#include "agent/worker/engine.h"
#include "common/workload/scenario_load.h"

namespace culvert::agent::worker {

// Users who are there at the same time: of a trial, whose scenarios come one after the other, those of one scenario.
enum class UsersOf { AllScenarios, OneScenario };
Status check_charter(const RunSpec& spec, const std::vector<std::shared_ptr<const workload::ScenarioLoad>>& loads,
                     const charter::Charter& charter, UsersOf users_of);

// The highest rate of this share over all scenarios together.
Rate highest_rate(const workload::Plan& plan, const workload::Share& share,
                  const std::vector<std::shared_ptr<const workload::ScenarioLoad>>& loads);

}  // namespace culvert::agent::worker
