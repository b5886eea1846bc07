// ${name} in configurations, scripts and arguments of a case.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "common/base/result.h"

namespace culvert::netlab {

using Variables = std::map<std::string, std::string>;

// Values may contain further variables. InvalidInput names the one that nobody defined. $name without braces is left
// alone: it is the shell's, or the proxy's.
Result<std::string> expand(std::string_view text, const Variables& variables);

}  // namespace culvert::netlab
