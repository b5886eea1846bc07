// Names of meshes, nodes and labels: they travel in certificates, tokens, YAML, selectors and file names, so one small
// alphabet serves all.
#pragma once

#include <cstddef>
#include <string_view>

#include "common/base/result.h"

namespace culvert {

inline constexpr std::size_t kLongestName = 48;  // a certificate's common name holds 64, and ours may add " mesh CA"
inline constexpr std::size_t kLongestLabelValue = 64;
inline constexpr std::size_t kMostLabels = 32;

// ASCII letters, digits, '.', '_' and '-'; the first is a letter or a digit; at most kLongestName. The message begins
// with `what` ("mesh", "name", …).
Status check_name(std::string_view name, std::string_view what);
// As a name, but at most kLongestLabelValue.
Status check_label_value(std::string_view value, std::string_view what);

}  // namespace culvert
