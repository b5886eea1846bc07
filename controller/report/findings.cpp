#include "controller/report/findings.h"

#include <iterator>

#include "controller/report/finding_rules.h"

namespace culvert::report {

std::vector<Finding> find_findings(const results::RunResult& result) {
    // In order of weight: first what makes the numbers doubtful, then what failed, then what was slow.
    std::vector<Finding> all;
    for (const auto rule : {find_nothing_measured, find_saturation, find_error_steps, find_stalls, find_knee,
                            find_slow_groups, find_slow_phases, find_cold_start}) {
        std::vector<Finding> found = rule(result);
        all.insert(all.end(), std::make_move_iterator(found.begin()), std::make_move_iterator(found.end()));
    }
    return all;
}

}  // namespace culvert::report
