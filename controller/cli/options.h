// The options that several commands have, worded once.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/base/log.h"
#include "common/base/result.h"
#include "common/workload/plan.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace culvert::cli {

enum class Progress { Auto, Live, Plain, None };

struct OutputOptions {
    Progress progress = Progress::Auto;
    bool json = false;
    bool no_color = false;
    log::Format log_format = log::Format::Text;
};

// Digits only: CLI11 would take -1 as a large number.
void take_whole_number(CLI::Option& option, std::uint64_t least, std::uint64_t most);
void add_config_option(CLI::App& command, std::string& file);
// --set NAME=VALUE, and what is meant by it.
void add_set_option(CLI::App& command, std::vector<std::string>& set);
Result<workload::Inputs> inputs_of(const std::vector<std::string>& set);
void add_json_option(CLI::App& command, bool& json, const std::string& what);
void add_progress_option(CLI::App& command, Progress& progress);
// --no-color and --log.
void add_output_options(CLI::App& command, OutputOptions& options);
void add_no_color_option(CLI::App& command, OutputOptions& options);
// At least two, each a whole command line.
void add_examples(CLI::App& command, const std::string& lines);

}  // namespace culvert::cli
