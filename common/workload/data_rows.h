// The rows of a plan's CSV files: checked when the plan is loaded, read by the controller at prepare, split so that
// each row has one owner.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/config/document.h"
#include "common/workload/csv.h"
#include "common/workload/plan.h"
#include "common/workload/share.h"

namespace culvert::workload {

inline constexpr std::uint64_t kMostRows = 10'000'000;
inline constexpr std::uint64_t kLargestCsv = 2ULL << 30;  // bytes

// What load_plan learns from a CSV file without keeping its rows.
struct CsvFacts {
    std::vector<std::string> columns;
    std::uint64_t rows = 0;
};

// Reads the whole file. Problems name the file and line: missing, empty, columns without a name or named twice, rows
// with more or fewer fields than the first line (at most ten are told). `file` as the user wrote it, made relative to
// the plan; nothing on failure.
std::optional<CsvFacts> inspect_csv(const std::string& file, config::Problems& problems);

// All rows in file order. `plan_file`: the plan stands beside the CSV file.
Result<std::vector<Row>> load_rows(const DataSet& data, const std::string& plan_file);

// The rows of one seat: `split` gives those it owns, in file order, `copy` all of them. An empty seat (Seat::weights)
// gets none.
Result<std::vector<Row>> rows_of_seat(const DataSet& data, const std::vector<Row>& rows, const Seat& seat);

}  // namespace culvert::workload
