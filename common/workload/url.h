// URLs of steps: what must be true of one before the run, how values are encoded into it, and the name a step has by
// default.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/workload/plan_context.h"

namespace culvert::workload {

// Percent-encoding of all but unreserved characters (RFC 3986); for form bodies with + for a blank.
std::string encode_url(std::string_view text);
std::string encode_form(std::string_view text);

// The URL of a step as far as it is a text; problems for what can be seen before the run: no scheme, no host, user and
// password, blanks, a fragment. Constants of the plan count as known.
void append_url(TemplateBuilder& builder, const std::vector<TemplatePart>& parts, const TextPlace& place,
                PlanContext& context);

// Literals that hold a '?': the next query parameter then begins with '&'.
bool has_query(const std::vector<TemplatePart>& parts);

// "/products" of "${base}/products?page=2".
std::string path_for_name(std::string_view url);

}  // namespace culvert::workload
