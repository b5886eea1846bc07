// Plans as short as a test can write them.
#pragma once

#include <string>

#include "common/workload/plan.h"

namespace culvert::workload {

// A plan with one scenario "s" that has these steps (lines, unindented); `head` stands before the scenarios.
std::string plan_with_steps(const std::string& steps, const std::string& head = "");
// The plan of a right text; a wrong one fails the test and shows why.
Plan right_plan(const std::string& text);
// All problems of a text, one a line.
std::string problems_of(const std::string& text);
// The first request of the first scenario.
const RequestStep& request_of(const Plan& plan, std::size_t step = 0);
// A template as it was meant: "/x/${id:url}".
std::string shown(const Template& text, const Plan& plan);

}  // namespace culvert::workload
