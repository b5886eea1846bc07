// intervals.csv: one row for each second, scenario and step; a row without a step is the scenario as a whole.
#pragma once

#include <iosfwd>

#include "controller/results/run_result.h"

namespace culvert::report {

void write_intervals_csv(const results::RunResult& result, std::ostream& out);

}  // namespace culvert::report
