// What stands on the terminal when a run is over: did it pass, and may I believe it. Pure: a result in, text out.
#pragma once

#include <string>

#include "common/base/exit_code.h"
#include "controller/cli/render/text_style.h"
#include "controller/report/report_files.h"
#include "controller/results/run_result.h"

namespace culvert::cli::render {

// Verdict first; the files and the exit code last.
std::string summary(const results::RunResult& result, const report::WrittenReport& written, ExitCode code,
                    const TextStyle& style);

}  // namespace culvert::cli::render
