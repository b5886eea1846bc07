// A rich, made-up run for the tests and screenshots of reports: 5 min 30 s, two scenarios, three agents of which one is
// lost, a stall of one second, errors of several kinds. The same every time.
#pragma once

#include <memory>

#include "controller/results/run_result.h"

namespace culvert::test {

results::RunResult sample_result();
std::shared_ptr<const workload::Plan> sample_plan();

}  // namespace culvert::test
