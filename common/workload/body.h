// Bodies of requests: a YAML value under `json:` becomes JSON text, a map under `form:` or `query:` becomes name=value
// pairs.
#pragma once

#include <string>

#include "common/config/document.h"
#include "common/workload/plan_context.h"

namespace culvert::workload {

Template parse_json_body(const config::Node& node, const std::string& key, const Scope& scope, PlanContext& context);

// Appends a=1&b=2 in file order; a list gives its name several times. `first`: what stands before the first pair ("?",
// "&" or "").
void append_pairs(TemplateBuilder& builder, std::string_view first, const config::Node& node, const std::string& key,
                  Template::Encoding encoding, const Scope& scope, PlanContext& context);

}  // namespace culvert::workload
