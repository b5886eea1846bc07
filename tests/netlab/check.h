// What a case expects, held against reports and logs. Every function gives one line for each thing that is not so.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "netlab_case.h"
#include "run_case.h"

namespace culvert::netlab {

// `requests`: that the target has served. Fills in the outcome's intervals.
std::vector<std::string> check_run(const Expectation& expect, std::optional<demo::Exit> exit,
                                   const std::filesystem::path& report, std::size_t requests, Outcome& outcome);

// Wait: only what may still come. Report: also what there is too much of.
enum class WhenMissing { Wait, Report };
std::vector<std::string> check_logs(const std::vector<LogRule>& rules, const std::filesystem::path& folder,
                                    WhenMissing when);

// For people: "85 ms", "1.24 s".
std::string rounded(Duration duration);

}  // namespace culvert::netlab
