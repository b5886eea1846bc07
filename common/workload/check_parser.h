// Reads `check:` and `save:` of a step.
#pragma once

#include <string>
#include <vector>

#include "common/config/document.h"
#include "common/workload/plan_context.h"

namespace culvert::workload {

std::vector<Check> parse_checks(const config::Node& node, const std::string& path, const Scope& scope,
                                PlanContext& context);

// The names of the saves must have been declared. `scope`: before the step; the saves themselves do not see each other.
std::vector<Save> parse_saves(const config::Node& node, const std::string& path, const Scope& scope,
                              PlanContext& context);

}  // namespace culvert::workload
