// culvert-agent join: from a token to identity.pem and agent.yaml.
#pragma once

#include "agent/cli/options.h"
#include "common/base/exit_code.h"

namespace culvert::agent::cli {

// Blocks until the agent has joined, was refused, or Ctrl-C. Prints each step on stderr.
ExitCode join_command(const JoinCommandOptions& options);

// Of the token, of the file it is in, or of standard input for "-". InvalidInput: nothing to read, or far too much.
Result<std::string> read_token(const std::string& token_or_file);

}  // namespace culvert::agent::cli
