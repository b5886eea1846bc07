// Reads `data:`; what the CSV files hold is given from outside, so that the parser touches no file.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "common/config/document.h"
#include "common/workload/data_rows.h"
#include "common/workload/plan_context.h"

namespace culvert::workload {

// By name of the data set. An entry without value: the file has problems, which are told already. No entry: nothing is
// known of the file.
using CsvFactsByName = std::map<std::string, std::optional<CsvFacts>>;

// Name and path of each data set that has one: what load_plan looks at before it parses.
std::vector<std::pair<std::string, std::string>> csv_files_of(const config::Node& plan);

// Declares the columns.
std::vector<DataSet> parse_data(const config::Node& node, const CsvFactsByName& facts, PlanContext& context);

// When all templates are read: columns that were taken to exist belong to their set too.
void adopt_columns(std::vector<DataSet>& data, const Names& names);

}  // namespace culvert::workload
