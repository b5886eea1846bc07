// The phases of a load with their names and times, as charts shade them and the live view names them.
#pragma once

#include <string>
#include <vector>

#include "common/workload/plan.h"

namespace culvert::report {

struct PhaseSpan {
    std::string name;  // "ramp 0/s → 200/s", "hold 200/s", "20 users"
    double from_seconds = 0, to_seconds = 0;
};

std::vector<PhaseSpan> phase_spans(const std::vector<workload::LoadPhase>& load);
// Of the plan: of its mix, else of the scenario whose load lasts longest.
std::vector<PhaseSpan> phase_spans(const workload::Plan& plan);

}  // namespace culvert::report
