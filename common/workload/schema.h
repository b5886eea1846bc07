// The JSON Schema of plans, for editors: `culvert schema`. A test holds it to the keys that the parser accepts.
#pragma once

#include <string>

namespace culvert::workload {

// JSON text, draft 2020-12, with a final newline.
std::string plan_schema();

}  // namespace culvert::workload
