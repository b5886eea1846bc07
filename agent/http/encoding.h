// How the value of a variable is written into its surroundings.
#pragma once

#include <string>
#include <string_view>

#include "common/workload/plan.h"

namespace culvert::agent::http {

// False, with nothing appended, when JsonNumber is asked of text that is no JSON number; the other encodings take every
// value.
[[nodiscard]] bool append_encoded(std::string& out, std::string_view value, workload::Template::Encoding encoding);
bool is_json_number(std::string_view text);

}  // namespace culvert::agent::http
