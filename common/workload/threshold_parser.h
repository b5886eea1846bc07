// Reads thresholds: METRIC[(SCENARIO[/STEP])] OP VALUE [over D] [by LABEL|agent] [after D] [else abort]
//
//   metric                            value
//   p50 p90 p95 p99 p999 … p99.9     duration (p999 is p99.9)
//   mean max min                      duration
//   error_rate                        percent: 1%
//   request_rate                      rate: 200/s
//   errors requests                   whole number
//   missed iterations                 whole number; of a scenario or the run, never of a step
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/config/document.h"
#include "common/workload/plan.h"

namespace culvert::workload {

// One threshold, without a look at the plan's scenarios. The error is one line.
Result<Threshold> parse_threshold(std::string_view text);

std::vector<Threshold> parse_thresholds(const config::Node& node, const std::vector<Scenario>& scenarios,
                                        config::Problems& problems);

}  // namespace culvert::workload
