// What stands out in a run, in words: each finding has a rule, a measured reason and an advice.
#pragma once

#include <string>
#include <vector>

#include "controller/results/run_result.h"

namespace culvert::report {

struct Finding {
    std::string id;  // nothing_measured, error_step, slow_agent, slow_region, saturation, cold_start, slow_phase, knee,
                     // lost_load
    std::string what;    // one sentence
    std::string why;     // the numbers behind it
    std::string advice;  // what to do or look at next

    friend bool operator==(const Finding&, const Finding&) = default;
};

// The most important first. Empty: nothing stood out.
std::vector<Finding> find_findings(const results::RunResult& result);

}  // namespace culvert::report
