#include "controller/cli/exit.h"

#include <cstdio>
#include <string>

#include "controller/cli/render/text_style.h"

namespace culvert::cli {

void print_error(std::string_view message) {
    const std::string line = "culvert: " + render::one_line(message) + "\n";
    std::fwrite(line.data(), 1, line.size(), stderr);
}

void print_problems(const config::Problems& problems) {
    std::string lines;
    for (const config::Problem& problem : problems) lines += render::one_line(to_string(problem)) + "\n";
    if (problems.size() > 1)
        lines += "culvert: " + std::to_string(problems.size()) + " mistakes; nothing was started\n";
    std::fwrite(lines.data(), 1, lines.size(), stderr);
}

ExitCode fail_with(const Error& error) {
    switch (error.code) {
        case Code::InvalidInput:
            return fail_with(error, ExitCode::Usage);
        case Code::Disconnected:
        case Code::Unauthorized:
        case Code::Timeout:
            return fail_with(error, ExitCode::RelayNotReached);
        case Code::Overloaded:
        case Code::Internal:
            break;
    }
    return fail_with(error, ExitCode::Internal);
}

ExitCode fail_with(const Error& error, ExitCode code) {
    print_error(error.message);
    return code;
}

ExitCode fail_with(const config::Problems& problems) {
    print_problems(problems);
    return ExitCode::Usage;
}

}  // namespace culvert::cli
