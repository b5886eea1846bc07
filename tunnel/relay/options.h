// The command line of culvert-relay.
#pragma once

#include <optional>
#include <string>

#include <tl/expected.hpp>

#include "common/base/exit_code.h"
#include "common/base/log.h"

namespace culvert::tunnel::relay {

struct Options {
    std::optional<std::string> config;  // --config
    bool check_only = false;            // --check
    log::Format log_format = log::Format::Text;
    log::Level log_level = log::Level::Info;
};

// Prints help, version or a mistake itself; the exit code then.
tl::expected<Options, ExitCode> parse_options(int argc, char** argv);

}  // namespace culvert::tunnel::relay
