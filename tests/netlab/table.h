// The table of a run of all cases, as it stands in the documentation.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "run_case.h"

namespace culvert::netlab {

using Row = std::pair<Case, Outcome>;

std::string to_markdown(const std::vector<Row>& rows);
// Between the lines "<!-- netlab -->" and "<!-- /netlab -->"; a file without them gets them at its end.
Status write_table(const std::filesystem::path& file, const std::vector<Row>& rows);

}  // namespace culvert::netlab
