// culvert-agent doctor: what is wrong on the way to the relay.
#pragma once

#include "agent/cli/options.h"
#include "common/base/exit_code.h"

namespace culvert::agent::cli {

ExitCode doctor_command(const DoctorCommandOptions& options);

}  // namespace culvert::agent::cli
