// The configuration of an agent or a controller in a case: what enrolment wrote, with the tunnel of the case instead of
// its own, and what the case says about this kind of node merged in.
#pragma once

#include <string>
#include <string_view>

#include "lab.h"

namespace culvert::netlab {

// `enrolled`: the file as enrolment wrote it. `defaults`: YAML that the case may overrule.
Result<std::string> node_text(const Lab& lab, const std::string& enrolled, const YAML::Node& tunnel,
                              const NodeSpec& node, std::string_view defaults);

// relay.yaml as `culvert init` wrote it, with what the case says about it merged in.
Result<std::string> relay_text(const Lab& lab, const std::string& initial, const YAML::Node& over);

}  // namespace culvert::netlab
