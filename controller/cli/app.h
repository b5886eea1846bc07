// The command line of `culvert`.
#pragma once

#include <iosfwd>
#include <memory>

#include "common/base/exit_code.h"
#include "controller/cli/commands.h"

namespace culvert::cli {

// Adds whatever commands a program has, in the order in which help lists them.
using AddCommands = void (*)(CLI::App& program, Chosen& chosen);
void add_all_commands(CLI::App& program, Chosen& chosen);

// Reads the command line and runs the command. Wrong usage: one line and where to read more, Usage.
ExitCode run_cli(int argc, const char* const* argv, AddCommands add_commands = add_all_commands);

}  // namespace culvert::cli
