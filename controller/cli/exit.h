// How a command ends: its errors on stderr, one line each, and the code that belongs to them.
#pragma once

#include <string_view>

#include "common/base/exit_code.h"
#include "common/base/result.h"
#include "common/config/document.h"

namespace culvert::cli {

// One line on stderr: "culvert: what, on what, why".
void print_error(std::string_view message);
// Each problem as `file:line:column: key: …`, and how many there are.
void print_problems(const config::Problems& problems);

ExitCode fail_with(const Error& error);  // the code of the error's kind
ExitCode fail_with(const Error& error, ExitCode code);
ExitCode fail_with(const config::Problems& problems);  // Usage

}  // namespace culvert::cli
