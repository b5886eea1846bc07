// Whether whoever reads our output sees UTF-8; otherwise signs are ASCII.
#pragma once

#include <functional>
#include <optional>
#include <string>

namespace culvert {

// By the first of LC_ALL, LC_CTYPE and LANG that is set to something. `lookup` reads one variable; empty: not set.
bool locale_is_utf8(const std::function<std::optional<std::string>(const std::string&)>& lookup);

}  // namespace culvert
