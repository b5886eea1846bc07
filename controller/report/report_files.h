// Writes what a run leaves behind into its folder.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "common/base/result.h"
#include "controller/results/run_result.h"

namespace culvert::report {

struct WrittenReport {
    std::filesystem::path folder;
    std::vector<std::string> files;  // names that are complete
    std::vector<Error> problems;     // one for each file that could not be written: file and cause
    bool complete() const { return problems.empty(); }
};

// plan.yaml, report.json, report.html, junit.xml, intervals.csv, events.jsonl. Each file appears whole or not at all
// (temporary name, fsync, rename); one that cannot be written does not keep the others from being written. The most
// valuable come first: on a full disk report.json is the last to be missing. The folder is made when needed.
WrittenReport write_report(const results::RunResult& result, const std::filesystem::path& folder);

// The same contents in memory.
std::string report_json(const results::RunResult& result);
std::string report_html(const results::RunResult& result);
std::string junit_xml(const results::RunResult& result);
std::string events_jsonl(const results::RunResult& result);

}  // namespace culvert::report
