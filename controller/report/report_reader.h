// Reads a report back from its folder, for programs that show it again or compare it.
#pragma once

#include <filesystem>

#include "common/base/exit_code.h"
#include "common/base/result.h"
#include "controller/report/report_files.h"
#include "controller/results/run_result.h"

namespace culvert::report {

inline constexpr const char* kReportFile = "report.json";
inline constexpr std::uintmax_t kLargestReport = std::uintmax_t{1} << 30;  // bytes

struct ReadReport {
    results::RunResult result;  // what report.json and plan.yaml hold: the timeline's rows have no histograms, the
                                // examples are left out
    WrittenReport files;        // that are there
};

// InvalidInput: no report, one of a later version, or one that was damaged; the message names the file.
Result<ReadReport> read_report(const std::filesystem::path& folder);

// What `culvert run` ended with, as far as the result tells: thresholds, lost agents and trust.
ExitCode exit_code_of(const results::RunResult& result);

}  // namespace culvert::report
