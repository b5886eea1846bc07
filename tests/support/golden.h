// Golden files: what a renderer printed when a person looked at it and found it right. Run a test with
// CULVERT_UPDATE_GOLDEN=1 to write them anew, and read the difference.
#pragma once

#include <string>

namespace culvert::test {

// Catch2 check: `actual` equals tests/golden/<name>.
void check_golden(const std::string& name, const std::string& actual);

}  // namespace culvert::test
