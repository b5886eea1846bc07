// Reads `scenarios:`.
#pragma once

#include <vector>

#include "common/config/document.h"
#include "common/workload/plan_context.h"

namespace culvert::workload {

// `mix`: the plan has a load of its own, which the scenarios share by their weights.
std::vector<Scenario> parse_scenarios(const config::Node& node, bool mix, PlanContext& context);

}  // namespace culvert::workload
