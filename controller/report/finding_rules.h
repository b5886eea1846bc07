// The rules behind findings.h, one function each: nothing, or one or more findings.
#pragma once

#include <optional>
#include <vector>

#include "controller/report/findings.h"

namespace culvert::report {

// About a run that ended before it measured anything.
std::vector<Finding> find_nothing_measured(const results::RunResult& result);

// About the load itself: did the run offer what was planned, and could the agents keep up?
std::vector<Finding> find_saturation(const results::RunResult& result);
std::vector<Finding> find_stalls(const results::RunResult& result);
std::vector<Finding> find_knee(const results::RunResult& result);
// Requests/s at which latency leaves its level, where a ramp shows one.
std::optional<double> knee_rate(const results::RunResult& result);
std::vector<Finding> find_cold_start(const results::RunResult& result);

// About what was measured: which step, agent, region or phase differs?
std::vector<Finding> find_error_steps(const results::RunResult& result);
std::vector<Finding> find_slow_groups(const results::RunResult& result);
std::vector<Finding> find_slow_phases(const results::RunResult& result);

}  // namespace culvert::report
