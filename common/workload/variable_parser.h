// Reads `variables:` and finds those that refer to themselves.
#pragma once

#include "common/config/document.h"
#include "common/workload/plan_context.h"

namespace culvert::workload {

// Declares all names first, builtins after them, so that variables may refer to each other in any order; fills
// context.variables.
void declare_variables(const config::Node* node, PlanContext& context);

// After declare_variables, and after everything else a template could name by mistake is declared.
void parse_variables(const config::Node* node, PlanContext& context);

}  // namespace culvert::workload
