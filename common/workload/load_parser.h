// Reads `load:`, a list of phases.
#pragma once

#include <string>
#include <vector>

#include "common/config/document.h"
#include "common/workload/plan.h"

namespace culvert::workload {

std::vector<LoadPhase> parse_load(const config::Node& node, const std::string& path, config::Problems& problems);

}  // namespace culvert::workload
