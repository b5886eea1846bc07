// The command line of culvert-agent.
#pragma once

#include <string>
#include <variant>

#include <tl/expected.hpp>

#include "agent/enrol/state_folder.h"
#include "common/base/exit_code.h"
#include "common/base/log.h"

namespace culvert::agent::cli {

struct RunOptions {
    std::string config;  // empty: searched for
};

struct JoinCommandOptions {
    std::string token;   // the token itself, a file, or "-"
    std::string state;   // folder
    bool force = false;  // replace the identity that is there
    enrol::JoinOptions join;
};

struct DoctorCommandOptions {
    std::string config;  // empty: searched for
    bool probe = false;
    bool json = false;
    std::string report;  // file; empty: none
};

struct CompletionOptions {
    std::string shell;
};

struct Options {
    log::Level log_level = log::Level::Info;
    log::Format log_format = log::Format::Text;
    std::variant<RunOptions, JoinCommandOptions, DoctorCommandOptions, CompletionOptions> command;
};

// The exit code when there is nothing left to do: help, version, or a mistake, which was said on stderr.
tl::expected<Options, ExitCode> parse_options(int argc, const char* const* argv);

// A script that completes commands and options: bash, zsh or fish.
std::string completion_script(const std::string& shell);

}  // namespace culvert::agent::cli
